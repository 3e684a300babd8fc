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
