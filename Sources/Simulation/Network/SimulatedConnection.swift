internal import Bytes
internal import Replica

/// One connection as TCP makes it: in order while it lives, and lost with everything on its way.
final class SimulatedConnection {
    enum Side: Int {
        case dialler = 0
        case acceptor = 1

        var other: Side { self == .dialler ? .acceptor : .dialler }
    }

    /// One process that the connection ends at.
    struct End {
        let member: Int
        /// Which life of that member.
        let life: Int
        let link: LinkID
        /// It was told, or told us, that the connection is over.
        var isOver = false
        /// No frame towards it arrives before the one sent earlier.
        var lastArrival = MonotonicTime(rawValue: 0)
        /// What arrived while the way was cut.
        var held: [Frame] = []
    }

    enum Frame {
        case frame([UInt8])
        case close
    }

    private var dialler: End
    private var acceptor: End
    /// Frames that the dialler sent; the first is its hello.
    var dialledFrameCount = 0

    init(dialler: End, acceptor: End) {
        self.dialler = dialler
        self.acceptor = acceptor
    }

    subscript(side: Side) -> End {
        _read {
            switch side {
            case .dialler: yield dialler
            case .acceptor: yield acceptor
            }
        }
        _modify {
            switch side {
            case .dialler: yield &dialler
            case .acceptor: yield &acceptor
            }
        }
    }
}
