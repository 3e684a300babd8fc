internal import Bytes
internal import Platform
internal import Replica
internal import TLS

/// One connection to a peer, and what is on its way in both directions.
final class Link {
    enum Stage {
        case connecting(Dial)
        /// TLS is being agreed on; the dial is that of a link that this side began.
        case securing(Dial?, until: MonotonicTime)
        case open
    }

    let id: LinkID
    let socket: Socket
    /// Nil on a link without TLS.
    var session: TLSSession?
    /// Whether the name that the other side told is known to be its certificate's.
    var naming = Naming.unchecked
    /// The address of the other side, for people.
    let place: String
    /// Whether the peer dialled us.
    let wasAccepted: Bool
    var stage: Stage
    var incoming = FrameAssembler()
    var outgoing = SendQueue()
    /// What the poller is asked for.
    var interest: Readiness

    enum Naming { case unchecked, checked }

    init(id: LinkID, socket: consuming Socket, stage: Stage, place: String) {
        self.id = id
        self.place = place
        self.socket = socket
        self.stage = stage
        switch stage {
        case .connecting:
            wasAccepted = false
            interest = .writable
        case .securing, .open:
            wasAccepted = true
            interest = .readable
        }
    }

    var isOpen: Bool { if case .open = stage { true } else { false } }

    // MARK: - Bytes

    /// Whether something is to be sent.
    var hasOutput: Bool { !outgoing.isEmpty || (session?.waitingByteCount ?? 0) > 0 }

    /// What the poller is to be asked for on a link that stands.
    var wantedInterest: Readiness { hasOutput ? [.readable, .writable] : .readable }

    /// Receives into the buffer's beginning.
    func receive(into buffer: inout [UInt8]) -> Result<Socket.Transfer, TLSFault> {
        guard let session else { return .success(socket.receive(into: &buffer)) }
        let transfer = socket.receive(into: &buffer, at: TLSSession.receptionOffset)
        guard case .bytes(let count) = transfer else { return .success(transfer) }
        do throws(TLSFault) {
            let reception = try session.receive(in: &buffer, count: count)
            if reception.byteCount > 0 { return .success(.bytes(reception.byteCount)) }
            return .success(reception.stage == .ended ? .ended : .wouldBlock)
        } catch {
            sendRecords(of: session)
            return .failure(error)
        }
    }

    /// Sends what the socket takes of the queue, and counts it off.
    @discardableResult
    func sendOutput() -> Result<Socket.Transfer, TLSFault> {
        guard let session else {
            let transfer = socket.send(outgoing.bytes, from: outgoing.sentByteCount)
            if case .bytes(let count) = transfer { outgoing.sent(count) }
            return .success(transfer)
        }
        do throws(TLSFault) {
            try session.encrypt(outgoing.bytes, from: outgoing.sentByteCount)
        } catch { return .failure(error) }
        switch sendRecords(of: session) {
        case .bytes, nil:
            let count = session.takeSentByteCount()
            outgoing.sent(count)
            return .success(.bytes(count))
        case let other?: return .success(other)
        }
    }

    @discardableResult
    private func sendRecords(of session: TLSSession) -> Socket.Transfer? {
        session.sendOutput { output in
            let transfer = socket.send(output)
            if case .bytes(let count) = transfer { return (count, transfer) }
            return (0, transfer)
        }
    }
}

/// What every turn leaves true of a link.
enum LinkRule: String, Sendable {
    case acceptedStands = "a link that was accepted is being dialled"
    case dialHasNoFrames = "frames are queued on a link that does not stand"
    case interestFollowsStage = "the poller is asked for something else than the stage needs"
    case partIsNoFrame = "as much has come as the longest frame has, and no frame was made of it"
}

extension Link {
    /// The first rule that does not hold.
    var brokenRule: LinkRule? {
        switch stage {
        case .connecting:
            if wasAccepted { return .acceptedStands }
            if !outgoing.isEmpty { return .dialHasNoFrames }
            if interest != .writable { return .interestFollowsStage }
        case .securing:
            if !outgoing.isEmpty { return .dialHasNoFrames }
            if !interest.contains(.readable) { return .interestFollowsStage }
        case .open:
            if !interest.contains(.readable) { return .interestFollowsStage }
        }
        return incoming.isWithinBounds ? nil : .partIsNoFrame
    }
}

/// An attempt to reach a peer, over all places where its name leads.
struct Dial {
    /// The whole attempt, resolution included; a peer that is there answers in milliseconds.
    static let millisecondsMax: UInt64 = 2000

    let address: PeerAddress
    /// Those still to be tried.
    var places: ArraySlice<SocketAddress>
    let deadline: MonotonicTime
}
