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

/// An attempt to reach a peer, over all places where its name leads.
struct Dial {
    /// The whole attempt, resolution included; a peer that is there answers in milliseconds.
    static let millisecondsMax: UInt64 = 2000

    let address: PeerAddress
    /// Those still to be tried.
    var places: ArraySlice<SocketAddress>
    let deadline: MonotonicTime
}
