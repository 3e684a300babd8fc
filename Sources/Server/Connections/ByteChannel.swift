internal import Bytes
internal import Platform
internal import TLS

/// The bytes of one client connection, both ways, and what they travel on.
///
/// What a connection wants of its socket is decided here alone: its owner says whether it would
/// take bytes and whether it has some to give, and the channel asks the poller for what that needs.
/// Whoever reads and writes a channel does not see how its bytes are carried.
struct ByteChannel: ~Copyable {
    /// How the bytes are carried on the socket.
    private enum Carrier {
        /// As they are.
        case plain
        /// The client's first byte will tell; TLS is spoken under these terms.
        case undecided(ChannelSecurity)
        /// As TLS records.
        case tls(TLSSession)
    }

    /// What receiving came to.
    enum Reception: Hashable {
        /// At least one.
        case bytes(Int)
        /// Nothing now.
        case wouldBlock
        /// The client sends no more.
        case ended
        case failed
        /// TLS was not accepted, by this side or the other.
        case refused(TLSFault)
        /// The client does not speak TLS, and has to.
        case insecure
    }

    /// What the owner of a channel would do next.
    struct Wishes: OptionSet, Hashable {
        /// It takes what the client sends.
        static let toReceive = Wishes(rawValue: 1)
        /// It has something that the client has not taken.
        static let toSend = Wishes(rawValue: 2)

        let rawValue: UInt8
    }

    private let socket: Socket
    private var carrier: Carrier
    /// What the poller was asked for.
    private(set) var interest = Readiness(rawValue: 0)

    /// - Parameter security: nil where no TLS is spoken.
    init(_ socket: consuming Socket, security: ChannelSecurity? = nil) {
        self.socket = socket
        carrier = security.map { .undecided($0) } ?? .plain
    }

    // MARK: - Receiving

    /// Receives what the client sent, never more than fits.
    mutating func receive(into buffer: inout [UInt8]) -> Reception {
        switch carrier {
        case .plain: return Reception(socket.receive(into: &buffer))
        case .tls(let session):
            let transfer = socket.receive(into: &buffer, at: TLSSession.receptionOffset)
            guard case .bytes(let count) = transfer else { return Reception(transfer) }
            return decrypt(count, in: &buffer, session: session)
        case .undecided(let security): return receiveFirst(into: &buffer, security: security)
        }
    }

    /// The client's first bytes decide how the connection goes on.
    private mutating func receiveFirst(
        into buffer: inout [UInt8],
        security: ChannelSecurity
    ) -> Reception {
        let start = TLSSession.receptionOffset
        let transfer = socket.receive(into: &buffer, at: start)
        guard case .bytes(let count) = transfer else { return Reception(transfer) }
        guard buffer[start] == TLSSession.handshakeByte else {
            carrier = .plain
            guard security.plainText == .taken else { return .insecure }
            for place in 0..<count { buffer[place] = buffer[start + place] }
            return .bytes(count)
        }
        do throws(TLSFault) {
            let session = try TLSSession(accepting: security.context)
            carrier = .tls(session)
            return decrypt(count, in: &buffer, session: session)
        } catch {
            carrier = .plain
            return .refused(error)
        }
    }

    private func decrypt(
        _ count: Int,
        in buffer: inout [UInt8],
        session: TLSSession
    ) -> Reception {
        do throws(TLSFault) {
            let reception = try session.receive(in: &buffer, count: count)
            sendOutput(of: session)
            if reception.byteCount > 0 { return .bytes(reception.byteCount) }
            return reception.stage == .ended ? .ended : .wouldBlock
        } catch {
            // The alert says why.
            sendOutput(of: session)
            return .refused(error)
        }
    }

    /// Whether the client said that it sends no more, behind what was received last.
    var hasEnded: Bool {
        switch carrier {
        case .plain, .undecided: false
        case .tls(let session): session.stage == .ended
        }
    }

    /// Whether nothing can be sent before the client has answered.
    var isHandshaking: Bool {
        switch carrier {
        case .plain: false
        case .undecided: true
        case .tls(let session): session.stage == .handshaking
        }
    }

    /// What the client's certificate says, if it was verified.
    var certificate: CertificateFacts? {
        switch carrier {
        case .plain, .undecided: nil
        case .tls(let session): session.peer
        }
    }

    /// Why its client is no longer believed, by a certificate that was good when it came; nil while
    /// it is.
    ///
    /// - Parameter trust: what is trusted now, where that has changed.
    func distrust(under trust: TLSContext?, at unixSeconds: Int64) -> TLSFault? {
        guard case .tls(let session) = carrier, session.stage == .open else { return nil }
        if session.isOver(at: unixSeconds) {
            return .certificate(reason: "certificate has expired")
        }
        guard let trust, !session.isBelieved(under: trust) else { return nil }
        return .certificate(reason: "it is not believed any more")
    }

    // MARK: - Sending

    /// Sends what the channel takes of `bytes` from `offset` on. What was not taken is given again,
    /// with more behind it or not.
    mutating func send(_ bytes: [UInt8], from offset: Int) -> Socket.Transfer {
        switch carrier {
        case .plain: socket.send(bytes, from: offset)
        case .tls(let session): send(bytes, from: offset, session: session)
        case .undecided: .wouldBlock
        }
    }

    /// Encrypts as much as the session takes, and sends it at once. Bytes count as sent when all
    /// that they became is.
    private func send(
        _ bytes: [UInt8],
        from offset: Int,
        session: TLSSession
    ) -> Socket.Transfer {
        do throws(TLSFault) { try session.encrypt(bytes, from: offset) } catch {
            sendOutput(of: session)
            return .ended
        }
        switch sendOutput(of: session) {
        // Where it takes a part, none of the bytes may have left in full: the client is only slow.
        case .bytes, nil: return .bytes(session.takeSentByteCount())
        case let other?: return other
        }
    }

    /// One send of what waits; nil where nothing does.
    @discardableResult
    private func sendOutput(of session: TLSSession) -> Socket.Transfer? {
        session.sendOutput { output in
            let transfer = socket.send(output)
            if case .bytes(let count) = transfer { return (count, transfer) }
            return (0, transfer)
        }
    }

    /// Bytes that the channel itself holds because the socket does not take them.
    var waitingByteCount: Int {
        switch carrier {
        case .plain, .undecided: 0
        case .tls(let session): session.waitingByteCount
        }
    }

    /// Says to the client that nothing more will be sent. Receiving goes on.
    mutating func endSending() {
        if case .tls(let session) = carrier {
            session.endSending()
            sendOutput(of: session)
        }
        socket.endSending()
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
        try poller.add(socket, token: token, interest: interest)
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
            try poller.change(socket, token: token, interest: wanted)
        } catch { invariant(false, "a registered channel can't be changed: \(error)") }
    }

    /// What the socket has to be ready for.
    private func readiness(for wishes: Wishes) -> Readiness {
        // An empty literal is built by the general initializer, at 900 instructions a request.
        var readiness = Readiness(rawValue: 0)
        if wishes.contains(.toReceive) { readiness.insert(.readable) }
        if wishes.contains(.toSend) { readiness.insert(.writable) }
        switch carrier {
        case .plain: break
        case .undecided: readiness = .readable
        case .tls(let session):
            if session.waitingByteCount > 0 {
                readiness.insert(.writable)
            } else if session.stage == .handshaking {
                readiness = .readable
            }
        }
        return readiness
    }
}

/// Under what terms a client listener speaks TLS.
struct ChannelSecurity {
    /// What becomes of clients that do not speak it.
    enum PlainText: Hashable {
        /// They are told to.
        case refused
        case taken
    }

    let context: TLSContext
    let plainText: PlainText
}

extension ByteChannel.Reception {
    fileprivate init(_ transfer: Socket.Transfer) {
        switch transfer {
        case .bytes(let count): self = .bytes(count)
        case .wouldBlock: self = .wouldBlock
        case .ended: self = .ended
        case .failed: self = .failed
        }
    }
}
