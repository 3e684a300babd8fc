package import Bytes
package import Consensus

/// A snapshot file that was found sound or made durable.
package struct SnapshotDescriptor: Hashable, Sendable {
    package let id: EntryID
    package let time: ClusterTime
    /// The length of the whole file.
    package let byteCount: Int

    package init(id: EntryID, time: ClusterTime, byteCount: Int) {
        self.id = id
        self.time = time
        self.byteCount = byteCount
    }
}

/// A snapshot is durable under its final name and noted in the log.
package struct SnapshotPublished: Hashable, Sendable {
    /// Whose state it holds, which decides how the log goes on after it.
    package enum Origin: Hashable, Sendable {
        /// This member's own state: the log goes on unchanged.
        case taken
        /// The leader's state: the log begins anew after it.
        case installed
    }

    package let snapshot: SnapshotDescriptor
    package let origin: Origin
    /// The log through here, at most through the snapshot, is no longer on the disk.
    package let forgottenThrough: LogIndex

    package init(snapshot: SnapshotDescriptor, origin: Origin, forgottenThrough: LogIndex) {
        self.snapshot = snapshot
        self.origin = origin
        self.forgottenThrough = forgottenThrough
    }
}
