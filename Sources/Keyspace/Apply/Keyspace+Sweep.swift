package import Bytes

extension Keyspace {
    /// The most keys, places and leases that one entry's sweep ends.
    static let sweepCountMax = 1_024

    /// Whether an entry at `time` would end something or grant something by its time alone: the
    /// leader then proposes one.
    package func hasExpired(at time: ClusterTime) -> Bool {
        leases.firstExpired(at: time) != nil || contests.firstGrantable != nil
    }

    /// When the first lease is over, which may have passed; nil when there is no lease.
    package var nextLeaseEnd: ClusterTime? { leases.nextEnd }

    /// Whether there is any lease, so that the clock must go on.
    package var hasLeases: Bool { leases.count > 0 }

    /// Ends what the turn's time ends, in bounded slices: leases in the order of their deadlines
    /// and ids, all of one slice at one revision; then idempotency keys; then the grants that
    /// became possible.
    mutating func sweep(_ context: inout ApplyContext) {
        if leases.firstExpired(at: context.time) != nil {
            store.begin(as: context.systemStamp, for: context.audience)
            var budget = Self.sweepCountMax
            while budget > 0, let lease = leases.firstExpired(at: context.time) {
                endSlice(of: lease, budget: &budget, in: &context)
            }
            commit(&context)
        }
        answers.sweep(at: context.time)
        settleContests(&context)
    }

    /// Ends the lease's keys, then its places and grants, then the lease, as far as `budget`
    /// reaches. A lock stays shut until its old holder's keys are gone.
    private mutating func endSlice(
        of lease: LeaseID,
        budget: inout Int,
        in context: inout ApplyContext
    ) {
        for key in leases.keys(of: lease, after: nil, countMax: budget) {
            if planted(.endedLeaseKeepsKeys) {
                leases.detach(key, from: lease)
                budget -= 1
                continue
            }
            if planted(.overwrittenKeyStaysTied) { leases.detach(key, from: lease) }
            erase(key, cause: .expired, in: &context)
            budget -= 1
        }
        if planted(.endedLeaseKeepsLock) { return leases.remove(lease) }
        while budget > 0, let (contest, standing) = contests.firstContest(of: lease) {
            endStanding(standing, of: lease, in: contest, cause: .expired, in: &context)
            budget -= 1
        }
        guard budget > 0 else { return }
        leases.remove(lease)
        budget -= 1
    }
}
