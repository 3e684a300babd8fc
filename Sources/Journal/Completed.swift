package import Consensus

/// What became known when a batch completed.
package struct Completed: Sendable {
    /// The hard state that is durable now, and may be answered for.
    package var hardState: HardState?
    /// Everything given up to and including this entry is now durable.
    package var entries: EntryID?
    /// The identity that is durable now.
    package var identity: Identity?
    package var loads: [EntriesLoaded] = []
    package var snapshotLoads: [SnapshotBytesLoaded] = []
    /// The draft of a snapshot that is being received holds every byte before the offset.
    package var received: [SnapshotOffset] = []
    package var snapshots: [SnapshotPublished] = []

    package init() {}
}
