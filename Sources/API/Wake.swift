package import Bytes
package import Keyspace

/// What ends a wait: whichever of these comes first.
package struct Wake: Hashable, Sendable {
    /// A point in time.
    package var deadline: MonotonicTime?
    /// A change that the filter matches.
    package var filter: WatchFilter?
    /// Somebody else holds this contest, or nobody, or what its leader says.
    package var contest: Contest?
    /// The place has become a grant, or has ended: whatever moves those before it.
    package var place: Place?
    /// Whose turn it is to be.
    package var turn: Turn?
    /// The member's store has reached this revision.
    package var revision: Revision?
    /// What happened at this revision is compacted. Heard by those alone who have a filter.
    package var compaction: Revision?

    /// Where a lease waits or holds.
    package struct Place: Hashable, Sendable {
        package let contest: Contest
        package let lease: LeaseID

        package init(of lease: LeaseID, in contest: Contest) {
            self.contest = contest
            self.lease = lease
        }
    }

    /// What is waited for of queues and barriers.
    package enum Turn: Hashable, Sendable {
        /// The queue has an item for this one, of all who wait for one.
        case queue(QueueName)
        /// All of that generation have come, or it is over.
        case barrier(BarrierGeneration)
    }

    /// A wait that ends with the first of what is given.
    package init(
        deadline: MonotonicTime? = nil,
        filter: WatchFilter? = nil,
        contest: Contest? = nil,
        place: Place? = nil,
        turn: Turn? = nil,
        revision: Revision? = nil,
        compaction: Revision? = nil
    ) {
        self.deadline = deadline
        self.filter = filter
        self.contest = contest
        self.place = place
        self.turn = turn
        self.revision = revision
        self.compaction = compaction
    }
}
