internal import Bytes
internal import Platform
internal import Replica

/// One connection to a peer, and what is on its way in both directions.
final class Link {
    enum Stage {
        case connecting(Dial)
        case open
    }

    let id: LinkID
    let socket: Socket
    /// Whether the peer dialled us.
    let wasAccepted: Bool
    var stage: Stage
    var incoming = FrameAssembler()
    var outgoing = SendQueue()
    /// What the poller is asked for.
    var interest: Readiness

    init(id: LinkID, socket: consuming Socket, stage: Stage) {
        self.id = id
        self.socket = socket
        self.stage = stage
        switch stage {
        case .connecting:
            wasAccepted = false
            interest = .writable
        case .open:
            wasAccepted = true
            interest = .readable
        }
    }

    var isOpen: Bool { if case .open = stage { true } else { false } }
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
