internal import Consensus

/// The snapshots of this member on their way from a draft to the log's mark.
struct SnapshotInventory: Sendable {
    /// A renamed snapshot whose mark waits in the log.
    struct Marking: Sendable {
        let snapshot: SnapshotDescriptor
        let origin: SnapshotPublished.Origin
        /// The batch that holds the mark.
        let batch: UInt64
    }

    /// One that comes from a leader, chunk by chunk.
    struct Reception: Sendable {
        let id: EntryID
        var reader: SnapshotReader
        var header: SnapshotHeader?
    }

    /// How many are kept: the newest, and one before in case that is damaged.
    static let keptCount = 2

    /// Durable under their final names, oldest first.
    var published: [SnapshotDescriptor] = []
    /// Durable drafts that the durable log has not reached yet.
    var awaitingLog: [SnapshotDescriptor] = []
    var marking: [Marking] = []
    var reception: Reception?
}
