internal import Journal
internal import Replica

/// How fast a disk is, and how much room it has.
struct DiskHealth {
    enum Space: UInt8, Hashable, Sendable {
        case ample = 0
        /// The reserve is used up.
        case short = 1
        /// No file can be created.
        case none = 2
    }

    /// How fast batches of the log are written.
    enum LogSpeed: UInt8, Hashable, Sendable {
        case prompt = 0
        /// Each takes longer than an election timeout, another time each.
        case slow = 1
    }

    /// What a slow write of the log takes besides, in election timeouts.
    static let dragTimeouts: ClosedRange<UInt64> = 1...3

    var space = Space.ample
    /// Everything takes so many times as long.
    var slowness: UInt64 = 1
    var log = LogSpeed.prompt
    /// The next batch stands still for so long.
    var stallMicroseconds: UInt64 = 0

    var isSound: Bool {
        slowness == 1 && log == .prompt && space == .ample && stallMicroseconds == 0
    }
}

/// What the two lanes of a disk have to do, one thing after another.
struct DiskWork {
    enum Background {
        case batch(DiskBatch)
        case snapshot(SnapshotTask)
    }

    var log: [DiskBatch] = []
    var background: [Background] = []
    /// So many of the next changes of names belong to a snapshot that is received.
    var receivedNamingCount = 0

    mutating func removeAll() {
        log = []
        background = []
    }
}
