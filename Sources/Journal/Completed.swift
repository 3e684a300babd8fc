package import Consensus

/// What a completion came to.
package struct Completed: Sendable {
    /// Now durable; may be answered for.
    package var hardState: HardState?
    /// Everything given up to and including this entry is now durable.
    package var entries: EntryID?
    /// Now durable.
    package var identity: Identity?
    package var loads: [EntriesLoaded] = []
    package var snapshotLoads: [SnapshotBytesLoaded] = []
    /// The draft of a snapshot that is being received holds every byte before the offset.
    package var received: [SnapshotOffset] = []
    package var snapshots: [SnapshotPublished] = []

    package init() {}
}

/// Names one read of entries or of a snapshot; unique for the life of the process.
package struct LoadID: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: LoadID, right: LoadID) -> Bool { left.rawValue < right.rawValue }
}

/// The end of `Journal.load`.
package struct EntriesLoaded: Sendable {
    /// What the log's files gave, each record's checksum compared.
    package enum Result: Hashable, Sendable {
        /// Contiguous from the asked index; empty when the log does not hold that index, or not
        /// durably yet.
        case entries([Entry])
        /// What was written can't be read: this member's log can't be trusted any more.
        case damaged(Damage)
    }

    package let id: LoadID
    package let result: Result

    package init(id: LoadID, result: Result) {
        self.id = id
        self.result = result
    }
}

/// The end of `Journal.loadSnapshot`: bytes of the file, not verified here; fewer than asked only
/// at its end.
package struct SnapshotBytesLoaded: Sendable {
    package let id: LoadID
    package let snapshot: SnapshotDescriptor
    package let offset: Int
    package let bytes: [UInt8]

    package init(id: LoadID, snapshot: SnapshotDescriptor, offset: Int, bytes: [UInt8]) {
        self.id = id
        self.snapshot = snapshot
        self.offset = offset
        self.bytes = bytes
    }
}

/// A snapshot is durable under its final name and noted in the log.
package struct SnapshotPublished: Hashable, Sendable {
    /// Whose state it holds, which decides what becomes of the log behind it.
    package enum Origin: Hashable, Sendable {
        /// Of this member's own state: the log goes on unchanged.
        case taken
        /// From a leader: the log begins anew behind it.
        case installed
    }

    package let snapshot: SnapshotDescriptor
    package let origin: Origin
    /// The log through here, at most through the snapshot, is no more on the disk.
    package let forgottenThrough: LogIndex

    package init(snapshot: SnapshotDescriptor, origin: Origin, forgottenThrough: LogIndex) {
        self.snapshot = snapshot
        self.origin = origin
        self.forgottenThrough = forgottenThrough
    }
}
