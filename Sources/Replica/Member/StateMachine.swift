internal import Bytes
internal import Consensus
internal import Keyspace

/// The keyspace, and how far into the log it is.
struct StateMachine: Sendable {
    private(set) var keyspace: Keyspace
    /// The last entry applied.
    private(set) var applied: EntryID
    private(set) var time: ClusterTime
    /// In force at the last entry applied: what a snapshot of it names.
    private(set) var membership: Membership

    /// The state right after the entry that a snapshot, or the founding, names.
    init(keyspace: Keyspace, applied: EntryID, time: ClusterTime, membership: Membership) {
        self.keyspace = keyspace
        self.applied = applied
        self.time = time
        self.membership = membership
    }

    var next: LogIndex { LogIndex(rawValue: applied.index.rawValue + 1) }

    /// Applies the entry after the last one; tells an audience which keys changed.
    mutating func apply(_ entry: Entry, for audience: Store.Audience) -> Applied {
        invariant(
            entry.id.index == next,
            "entry \(entry.id.index.rawValue) after \(applied.index.rawValue)"
        )
        assert(entry.id.term >= applied.term, "the term falls along the log (dissertation 3.5)")
        assert(entry.time >= time, "the cluster clock goes back along the log")
        if entry.kind == .membership, let membership = try? Membership(decoding: entry.payload) {
            self.membership = membership
        }
        applied = entry.id
        time = entry.time
        return keyspace.apply(
            index: entry.id.index.rawValue,
            time: entry.time,
            command: entry.kind == .command ? entry.payload : nil,
            audience: audience
        )
    }

    /// What the cluster clock has to do for the leases.
    var clockDemand: ClockDemand {
        guard keyspace.hasLeases, let end = keyspace.nextLeaseEnd else { return .none }
        return keyspace.hasExpired(at: time)
            ? .expiredRemaining : .leases(earliestEnd: end)
    }
}
