internal import Bytes

package import Consensus

/// Names one read of entries or of a snapshot; unique for the life of the process.
package struct LoadID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
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
