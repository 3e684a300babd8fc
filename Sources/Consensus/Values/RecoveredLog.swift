package import Bytes

/// Consecutive entries of one term: `first` up to the next run or the log's end.
package struct TermRun: Hashable, Sendable {
    package let first: LogIndex
    package let term: Term

    package init(first: LogIndex, term: Term) {
        self.first = first
        self.term = term
    }
}

/// A membership and the index of the entry that brought it.
package struct MembershipRecord: Hashable, Sendable {
    package let index: LogIndex
    package let membership: Membership

    package init(index: LogIndex, membership: Membership) {
        self.index = index
        self.membership = membership
    }
}

/// What a member found durable of its log when it started.
package struct RecoveredLog: Hashable, Sendable {
    /// A log that holds nothing.
    package static let empty = RecoveredLog(
        base: .zero,
        snapshot: .zero,
        snapshotTime: .zero,
        runs: [],
        last: .zero,
        lastTime: .zero,
        tail: [],
        memberships: []
    )

    /// The entry before the first that the disk still holds; never after `snapshot`.
    package var base: EntryID
    /// The last entry that the newest usable snapshot covers; zero without one.
    package var snapshot: EntryID
    /// The time of that entry.
    package var snapshotTime: ClusterTime
    /// The terms of `base.index + 1` through `last.index`, in order; terms rise from run to run.
    package var runs: [TermRun]
    /// The last entry; `snapshot` when nothing follows it.
    package var last: EntryID
    package var lastTime: ClusterTime
    /// The last entries, contiguous and ending with `last`; as many as the reader cared to keep in
    /// memory, none if it likes.
    package var tail: [Entry]
    /// The memberships of entries after `snapshot`, in order.
    package var memberships: [MembershipRecord]

    package init(
        base: EntryID,
        snapshot: EntryID,
        snapshotTime: ClusterTime,
        runs: [TermRun],
        last: EntryID,
        lastTime: ClusterTime,
        tail: [Entry],
        memberships: [MembershipRecord]
    ) {
        self.base = base
        self.snapshot = snapshot
        self.snapshotTime = snapshotTime
        self.runs = runs
        self.last = last
        self.lastTime = lastTime
        self.tail = tail
        self.memberships = memberships
    }
}
