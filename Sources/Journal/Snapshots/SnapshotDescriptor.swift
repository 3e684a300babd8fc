package import Bytes
package import Consensus

/// A snapshot file that was found sound or made durable.
package struct SnapshotDescriptor: Hashable, Sendable {
    package let id: EntryID
    package let time: ClusterTime
    /// Of the whole file.
    package let byteCount: Int

    package init(id: EntryID, time: ClusterTime, byteCount: Int) {
        self.id = id
        self.time = time
        self.byteCount = byteCount
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
