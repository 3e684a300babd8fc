internal import Bytes
internal import Platform

/// The bytes of one client connection, both ways, and what they travel on.
///
/// What a connection wants of its socket is decided here alone: its owner says whether it would
/// take bytes and whether it has some to give, and the channel asks the poller for what that needs.
/// Whoever reads and writes a channel does not see how its bytes are carried.
struct ByteChannel: ~Copyable {
    /// How the bytes are carried.
    private enum Carrier: ~Copyable {
        /// As they are, on a socket.
        case plain(Socket)
    }

    /// What the owner of a channel would do next.
    struct Wishes: OptionSet, Hashable {
        /// It takes what the client sends.
        static let toReceive = Wishes(rawValue: 1)
        /// It has something that the client has not taken.
        static let toSend = Wishes(rawValue: 2)

        let rawValue: UInt8
    }

    private let carrier: Carrier
    /// What the poller was asked for.
    private(set) var interest = Readiness(rawValue: 0)

    init(plain socket: consuming Socket) { carrier = .plain(socket) }

    /// Receives what the client sent, never more than fits.
    mutating func receive(into buffer: inout [UInt8]) -> Socket.Transfer {
        switch carrier {
        case .plain(let socket): socket.receive(into: &buffer)
        }
    }

    /// Sends what the channel takes of `bytes` from `offset` on.
    mutating func send(_ bytes: [UInt8], from offset: Int) -> Socket.Transfer {
        switch carrier {
        case .plain(let socket): socket.send(bytes, from: offset)
        }
    }

    /// Says to the client that nothing more will be sent. Receiving goes on.
    mutating func endSending() {
        switch carrier {
        case .plain(let socket): socket.endSending()
        }
    }

    // MARK: - Readiness

    /// Has the poller watch for what the client sends.
    ///
    /// - Parameter token: by which the poller's events name the channel.
    mutating func register(
        with poller: borrowing Poller,
        token: UInt64
    ) throws(SystemError) {
        interest = readiness(for: .toReceive)
        switch carrier {
        case .plain(let socket): try poller.add(socket, token: token, interest: interest)
        }
    }

    /// Has the poller watch for what these wishes need; nothing is done where it does already.
    mutating func watch(
        for wishes: Wishes,
        with poller: borrowing Poller,
        token: UInt64
    ) {
        let wanted = readiness(for: wishes)
        guard wanted != interest else { return }
        interest = wanted
        do throws(SystemError) {
            switch carrier {
            case .plain(let socket): try poller.change(socket, token: token, interest: wanted)
            }
        } catch { invariant(false, "a registered channel can't be changed: \(error)") }
    }

    /// What the socket has to be ready for.
    private func readiness(for wishes: Wishes) -> Readiness {
        switch carrier {
        case .plain:
            // An empty literal is built by the general initializer, at 900 instructions a request.
            var readiness = Readiness(rawValue: 0)
            if wishes.contains(.toReceive) { readiness.insert(.readable) }
            if wishes.contains(.toSend) { readiness.insert(.writable) }
            return readiness
        }
    }
}
