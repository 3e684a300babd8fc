internal import CPlatform
internal import Glibc

/// A stream socket, TCP or unix: non-blocking, close-on-exec, TCP without Nagle's delay.
package struct Socket: ~Copyable, Pollable, Sendable {
    /// What moving bytes came to.
    package enum Transfer: Hashable, Sendable {
        /// At least one.
        case bytes(Int)
        /// Nothing now; wait for readiness.
        case wouldBlock
        /// The other side sends no more. Never an answer to sending.
        case ended
        case failed(SystemError)
    }

    /// What accepting came to.
    package enum Acceptance: ~Copyable, Sendable {
        case accepted(Socket)
        /// No connection waits.
        case none
        /// Out of descriptors or memory: the waiting connection stays, try again later.
        case exhausted(SystemError)
    }

    private let owned: OwnedDescriptor
    package var descriptor: Int32 { owned.number }

    private init(_ owned: consuming OwnedDescriptor) { self.owned = owned }

    /// Takes over a connected or listening socket, which is closed with the value.
    package init(adopting descriptor: Int32) { owned = OwnedDescriptor(adopting: descriptor) }

    /// Which connections an IPv6 address takes that stands for all of the machine's.
    package enum Reach: Hashable, Sendable {
        /// Those of IPv4 too, whatever the system's default is.
        case everyFamily
        case itsFamily
    }

    /// Listens on an address; port 0 takes any free one.
    ///
    /// A unix socket's file that nobody listens on any more is replaced.
    package init(
        listeningOn address: SocketAddress,
        reach: Reach = .everyFamily,
        backlog: Int32 = 1024
    ) throws(SystemError) {
        var bound = try Socket.bind(address, reach: reach)
        if case .failure(let error) = bound.outcome {
            guard error.code == EADDRINUSE, address.isUnix, Socket.isAbandoned(address) else {
                throw error
            }
            Socket.removeFile(of: address)
            bound = try Socket.bind(address, reach: reach)
            if case .failure(let error) = bound.outcome { throw error }
        }
        let owned = bound.take()
        try checked("listen", result: roost_listen(owned.number, backlog))
        self.owned = owned
    }

    /// A bound socket, or why it could not be bound.
    private struct Binding: ~Copyable {
        private var socket: OwnedDescriptor
        let outcome: Result<Void, SystemError>

        init(_ socket: consuming OwnedDescriptor, outcome: Result<Void, SystemError>) {
            self.socket = socket
            self.outcome = outcome
        }

        consuming func take() -> OwnedDescriptor { socket }
    }

    private static func bind(
        _ address: SocketAddress,
        reach: Reach
    ) throws(SystemError) -> Binding {
        let number = try checked("socket", result: roost_socket(Int32(address.family)))
        let owned = OwnedDescriptor(adopting: number)
        if address.isEveryAddress {
            let isOnly: Int32 = reach == .itsFamily ? 1 : 0
            try checked("setsockopt", result: roost_set_ipv6_only(number, isOnly))
        }
        if !address.isUnix { try checked("setsockopt", result: roost_set_reuse_address(number)) }
        let result = unsafe withUnsafePointer(to: address.raw) { unsafe roost_bind(number, $0) }
        return Binding(
            owned,
            outcome: result < 0 ? .failure(SystemError(call: "bind", code: -result)) : .success(())
        )
    }

    /// Whether the address's file is a socket on which nobody listens.
    private static func isAbandoned(_ address: SocketAddress) -> Bool {
        guard case .unix(let path) = address.endpoint else { return false }
        let kind = unsafe roost_file_kind(path)
        guard kind >= 0, roost_is_socket(kind) != 0 else { return false }
        do throws(SystemError) {
            _ = try Socket(connectingTo: address)
            return false
        } catch { return error.code == ECONNREFUSED }
    }

    /// Who may connect to the unix socket of that name: the permission bits of its file; nil where it
    /// is gone.
    package static func permissions(at path: String) -> UInt16? {
        UInt16(exactly: unsafe roost_permissions_of(path))
    }

    /// Removes the file of a unix socket that was listened on; nothing for TCP.
    package static func removeFile(of address: SocketAddress) {
        guard case .unix(let path) = address.endpoint else { return }
        _ = unsafe roost_unlink(path)
    }

    /// Starts to connect. The attempt has ended when the socket is writable: `connectionFailure`.
    package init(connectingTo address: SocketAddress) throws(SystemError) {
        let number = try checked("socket", result: roost_socket(Int32(address.family)))
        let owned = OwnedDescriptor(adopting: number)
        if !address.isUnix { _ = roost_set_no_delay(number) }
        let result = unsafe withUnsafePointer(to: address.raw) { unsafe roost_connect(number, $0) }
        if result < 0, result != -EINPROGRESS {
            throw SystemError(call: "connect", code: -result)
        }
        self.owned = owned
    }

    /// Why the attempt to connect failed; nil when it did not. Clears the pending error.
    package borrowing func connectionFailure() -> SystemError? {
        let result = roost_socket_error(descriptor)
        return result < 0 ? SystemError(call: "connect", code: -result) : nil
    }

    /// Takes one waiting connection off a listening socket.
    package borrowing func accept() -> Acceptance {
        while true {
            let result = roost_accept(descriptor)
            if result >= 0 {
                _ = roost_set_no_delay(result)
                return .accepted(Socket(adopting: result))
            }
            switch -result {
            case EAGAIN: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                return .exhausted(SystemError(call: "accept", code: -result))
            default: continue  // The waiting connection died meanwhile: accept(2), ERRORS.
            }
        }
    }

    /// Receives into `buffer` from `offset` on, never more than fits.
    package borrowing func receive(into buffer: inout [UInt8], at offset: Int = 0) -> Transfer {
        let capacity = buffer.count - offset
        guard capacity > 0 else { return .wouldBlock }
        let number = descriptor
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe roost_receive(number, bytes.baseAddress?.advanced(by: offset), capacity)
        }
        return result == 0 ? .ended : Transfer("recv", result: result)
    }

    /// Sends what the socket takes of `bytes` from `offset` on; `.bytes(0)` if that is nothing.
    package borrowing func send(_ bytes: [UInt8], from offset: Int = 0) -> Transfer {
        guard offset < bytes.count else { return .bytes(0) }
        let number = descriptor
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe roost_send(
                number,
                bytes.baseAddress?.advanced(by: offset),
                bytes.count - offset
            )
        }
        return Transfer("send", result: result)
    }

    /// Sends what the socket takes of `bytes`; `.bytes(0)` if there are none.
    package borrowing func send(_ bytes: Span<UInt8>) -> Transfer {
        guard !bytes.isEmpty else { return .bytes(0) }
        let number = descriptor
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe roost_send(number, bytes.baseAddress, bytes.count)
        }
        return Transfer("send", result: result)
    }

    /// Says that nothing more will be sent; receiving goes on.
    package borrowing func endSending() { _ = roost_shutdown_writing(descriptor) }

    /// Fails the connection when the other side leaves data, or a probe, unanswered for so long.
    package borrowing func setDeadPeerTimeout(milliseconds: Int32) throws(SystemError) {
        try checked("setsockopt", result: roost_set_dead_peer_timeout(descriptor, milliseconds))
    }

    /// The address this side has; of a listening socket with the port that was taken.
    package borrowing func localAddress() throws(SystemError) -> SocketAddress {
        var raw = roost_address()
        try checked("getsockname", result: unsafe roost_local_address(descriptor, &raw))
        return SocketAddress(raw: raw)
    }

    /// The address of the other side.
    package borrowing func peerAddress() throws(SystemError) -> SocketAddress {
        var raw = roost_address()
        try checked("getpeername", result: unsafe roost_peer_address(descriptor, &raw))
        return SocketAddress(raw: raw)
    }
}

extension Socket.Transfer {
    /// Reads a shim's result, a count or `-errno`.
    init(_ call: StaticName, result: Int64) {
        if result >= 0 {
            self = .bytes(Int(result))
        } else if result == -Int64(EAGAIN) {
            self = .wouldBlock
        } else {
            self = .failed(SystemError(call: call, code: Int32(clamping: -result)))
        }
    }
}
