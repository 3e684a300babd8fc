internal import API
internal import Bytes
internal import Platform

/// An address at which clients are let in.
final class Listener {
    /// Set in the tokens of listeners; the rest is their place in the reactor's list.
    static let tokenBit: UInt64 = 1 << 62

    /// Connections taken at one event: the others have their turn in between.
    static let acceptCountMax = 64
    /// How long nothing is taken after the system had no descriptor left.
    static let pauseMilliseconds: UInt64 = 100

    let socket: ListeningSocket
    let door: ListenerKind
    /// Which of the addresses in the configuration it belongs to, counted from 0.
    let entry: Int
    var place: SocketAddress { socket.address }
    private let token: UInt64
    private(set) var pausedUntil: MonotonicTime?

    init(
        _ socket: ListeningSocket,
        calls: ListenerKind.Calls,
        entry: Int,
        index: Int,
        poller: borrowing Poller
    ) throws(SystemError) {
        self.socket = socket
        door = ListenerKind(calls, reach: socket.address.reach)
        self.entry = entry
        token = Self.tokenBit | UInt64(index)
        try poller.add(socket, token: token, interest: .readable)
    }

    /// Where a token's listener stands in the reactor's list; nil for other tokens.
    static func index(of token: UInt64) -> Int? {
        token & tokenBit == 0 ? nil : Int(token & ~tokenBit)
    }

    /// Stops taking connections for a while: they wait in the system's queue.
    func pause(now: MonotonicTime, poller: borrowing Poller) {
        pausedUntil = now.advanced(byMilliseconds: Self.pauseMilliseconds)
        setInterest([], with: poller)
    }

    /// Takes connections again once the pause is over.
    func resume(now: MonotonicTime, poller: borrowing Poller) {
        guard let until = pausedUntil, until <= now else { return }
        pausedUntil = nil
        setInterest(.readable, with: poller)
    }

    private func setInterest(_ interest: Readiness, with poller: borrowing Poller) {
        do throws(SystemError) {
            try poller.change(socket, token: token, interest: interest)
        } catch { invariant(false, "a registered listener can't be changed: \(error)") }
    }

    /// The address to tell others: the host as configured, with the port that was taken.
    static func address(_ endpoint: Endpoint, at place: SocketAddress) -> Endpoint {
        guard case .internet(let host, _) = endpoint, case .internet(_, let port) = place.endpoint
        else { return endpoint }
        return .internet(host: host, port: port)
    }
}

extension SocketAddress {
    /// From where a listener at this address is reached.
    fileprivate var reach: ListenerKind.Reach {
        if case .unix = endpoint { return .file }
        return isLoopback ? .loopback : .network
    }
}
