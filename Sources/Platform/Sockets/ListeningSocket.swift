/// A socket at which connections arrive, and the address it has; a unix socket's file is removed
/// with it.
package final class ListeningSocket: Pollable, Sendable {
    /// Another port is tried so often when the one that the system chose for the first address is
    /// taken at another.
    private static let portTryCount = 16

    private let socket: Socket
    /// With the port that was taken.
    package let address: SocketAddress
    package var descriptor: Int32 { socket.descriptor }

    /// Listens on one address.
    package init(
        at address: SocketAddress,
        reach: Socket.Reach = .everyFamily
    ) throws(SystemError) {
        socket = try Socket(listeningOn: address, reach: reach)
        self.address = try socket.localAddress()
    }

    deinit { Socket.removeFile(of: address) }

    /// Takes one waiting connection.
    package func accept() -> Socket.Acceptance { socket.accept() }

    /// Listens at every address of an endpoint, so that whoever names it finds it whichever of its
    /// addresses they take; port 0 becomes the same one at all. May block to resolve a name.
    ///
    /// Addresses that this machine does not have are passed over unless it has none of them. `*`
    /// and `[::]` take IPv4 too, if it is not listened to already.
    ///
    /// - Parameter others: the other endpoints that this process listens at.
    package static func open(
        at endpoint: Endpoint,
        besides others: [ListeningSocket] = []
    ) throws(ListeningError) -> [ListeningSocket] {
        let addresses: [SocketAddress]
        do { addresses = try endpoint.listeningAddresses() } catch { throw .unresolved(error) }
        guard let first = addresses.first else { throw .nowhere }
        do throws(SystemError) {
            for _ in 1..<portTryCount {
                do throws(SystemError) { return try open(addresses, besides: others) } catch {
                    let isRetried = first.port == 0 && addresses.count > 1 && error.isAddressInUse
                    guard isRetried else { throw error }
                }
            }
            return try open(addresses, besides: others)
        } catch { throw .failed(error) }
    }

    private static func open(
        _ addresses: [SocketAddress],
        besides others: [ListeningSocket]
    ) throws(SystemError) -> [ListeningSocket] {
        var opened: [ListeningSocket] = []
        var missing: SystemError?
        for address in addresses {
            let port = opened.first?.address.port ?? address.port
            let wanted = port.map { address.with(port: $0) } ?? address
            do throws(SystemError) {
                opened.append(try open(wanted, besides: others))
            } catch {
                guard error.isUnknownAddress else { throw error }
                missing = missing ?? error
            }
        }
        if opened.isEmpty, let missing { throw missing }
        return opened
    }

    private static func open(
        _ address: SocketAddress,
        besides others: [ListeningSocket]
    ) throws(SystemError) -> ListeningSocket {
        do throws(SystemError) { return try ListeningSocket(at: address) } catch {
            guard address.isEveryAddress, let port = address.port else { throw error }
            // A machine without IPv6 has IPv4.
            if error.isUnknownAddress, let plain = SocketAddress.everyIPv4(port: port) {
                return try ListeningSocket(at: plain)
            }
            // `0.0.0.0:PORT` beside `[::]:PORT`: each takes its own family.
            let isOurs = others.contains { $0.address.isIPv4 && $0.address.port == port }
            guard error.isAddressInUse, isOurs else { throw error }
            return try ListeningSocket(at: address, reach: .itsFamily)
        }
    }
}

/// Why an endpoint can't be listened at.
package enum ListeningError: Error, Hashable, Sendable {
    case unresolved(ResolutionError)
    /// The name has no address.
    case nowhere
    case failed(SystemError)
}

extension ListeningError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unresolved(let error): error.description
        case .nowhere: "the name leads nowhere"
        case .failed(let error): error.description
        }
    }
}
