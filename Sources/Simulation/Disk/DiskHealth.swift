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

    var space = Space.ample
    /// Everything takes so many times as long.
    var slowness: UInt64 = 1
    /// Each batch of the log takes so much longer: more than an election timeout.
    var dragMicroseconds: UInt64 = 0
    /// The next batch stands still for so long.
    var stallMicroseconds: UInt64 = 0

    var isSound: Bool {
        slowness == 1 && dragMicroseconds == 0 && space == .ample && stallMicroseconds == 0
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
