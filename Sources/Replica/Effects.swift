package import Consensus
package import Journal
package import Keyspace

/// What a turn owes the world. The shell carries out all of it; order matters within a list.
package struct Effects: Sendable {
    package var disk: [DiskBatch] = []
    /// Frames without length prefix, to be sent in order on their links.
    package var frames: [Frame] = []
    package var linksToClose: [LinkID] = []
    /// Addresses to be dialled now.
    package var dials: [PeerAddress] = []
    package var replies: [Completion] = []
    /// What was applied, in order, for watches and waiters; entries that show nothing are left out.
    /// Without an audience changes of keys are not told, and only the last revision of a turn is.
    package var applied: [AppliedEntry] = []
    /// The whole store was replaced by a snapshot: whatever waits on it has to look at it again.
    package var storeReplacement: StoreReplacement?
    /// A frozen view to be written as a snapshot in the background.
    package var snapshot: SnapshotTask? {
        get { snapshots.first }
        set { snapshots = newValue.map { [$0] } ?? [] }
    }
    /// One at most. In an array, because it is large and rare: the effects of each turn are moved.
    private var snapshots: [SnapshotTask] = []
    /// What an operator has to know.
    package var notices: [Notice] = []
    /// What the member saw of its own working.
    package var observations: [Observation] = []
    /// The member cannot go on; the process ends with this.
    package var stop: StopReason?

    package init() {}
}

/// A snapshot took the store's place in one step.
package struct StoreReplacement: Hashable, Sendable {
    package let index: LogIndex
    package let revision: Revision

    package init(index: LogIndex, revision: Revision) {
        self.index = index
        self.revision = revision
    }
}

/// One frame for one peer.
package struct Frame: Sendable {
    package let link: LinkID
    package let bytes: [UInt8]

    package init(link: LinkID, bytes: [UInt8]) {
        self.link = link
        self.bytes = bytes
    }
}

/// One applied entry, as watches and waiters see it.
package struct AppliedEntry: Sendable {
    package let index: LogIndex
    package let revision: Revision
    package let events: [Event]
    package let contestEvents: [ContestEvent]

    package init(
        index: LogIndex,
        revision: Revision,
        events: [Event],
        contestEvents: [ContestEvent]
    ) {
        self.index = index
        self.revision = revision
        self.events = events
        self.contestEvents = contestEvents
    }
}
