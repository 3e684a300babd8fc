package import Bytes

extension Keyspace {
    /// The most keys, places and leases that one entry's sweep ends.
    static let sweepCountMax = 1_024

    /// Whether an entry at `time` would end something or grant something by its time alone: the
    /// leader then proposes one.
    package func hasExpired(at time: ClusterTime) -> Bool {
        leases.firstExpired(at: time) != nil || contests.firstTimed(at: time) != nil
            || contests.firstGrantable != nil || coordination.content?.isDue(at: time) ?? false
    }

    /// When the first lease, or hold of its own time, is over, a contest opens, a queue's item can
    /// be taken or the parties of a broken barrier go, which may have passed; nil when there is none.
    package var nextLeaseEnd: ClusterTime? {
        var end = leases.nextEnd
        if let timed = contests.nextTimed { end = end.map { min($0, timed) } ?? timed }
        if let due = coordination.content?.nextDue { end = end.map { min($0, due) } ?? due }
        return end
    }

    /// Whether there is any of them, so that the clock must go on.
    package var hasLeases: Bool {
        leases.count > 0 || contests.nextTimed != nil || coordination.content?.nextDue != nil
    }

    /// Ends what the turn's time ends, in bounded slices: leases in the order of their deadlines
    /// and ids, all of one slice at one revision; then holds of their own time; then idempotency
    /// keys; then the grants that became possible.
    mutating func sweep(_ context: inout ApplyContext) {
        if leases.firstExpired(at: context.time) != nil {
            store.begin(as: context.systemStamp, for: context.audience)
            var budget = Self.sweepCountMax
            while budget > 0, let lease = leases.firstExpired(at: context.time) {
                endSlice(of: lease, budget: &budget, in: &context)
            }
            commit(&context)
        }
        if contests.firstTimed(at: context.time) != nil { endTimed(&context) }
        if coordination.content?.isDue(at: context.time) ?? false { endCoordinated(&context) }
        answers.sweep(at: context.time)
        settleContests(&context)
    }

    /// Ends the holds whose own time is over, all of one slice at one revision, as if their leases had
    /// ended, and opens the contests that were shut for a while.
    private mutating func endTimed(_ context: inout ApplyContext) {
        store.begin(as: context.systemStamp, for: context.audience)
        var budget = Self.sweepCountMax
        while budget > 0, let change = contests.firstTimed(at: context.time) {
            budget -= 1
            guard let token = change.holder else {
                contests.open(change.contest, shutUntil: change.deadline)
                continue
            }
            guard let holder = contests[change.contest]?.holders[token] else {
                return invariant(false, KeyspaceRule.timedChangesAreDue.rawValue)
            }
            end(
                .holding(token),
                of: holder.lease,
                in: change.contest,
                cause: .expired,
                in: &context
            )
        }
        commit(&context)
    }

    /// Ends the lease's keys, then its places and grants, then the lease, as far as `budget`
    /// reaches. A lock stays shut until its old holder's keys are gone.
    private mutating func endSlice(
        of lease: LeaseID,
        budget: inout Int,
        in context: inout ApplyContext
    ) {
        if planted(.waitersLeaseStays), let first = contests.firstContest(of: lease),
            case .waiting = first.standing
        {
            budget -= 1
            return leases.restart(lease, at: context.time)
        }
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
        while budget > 0, endFirstParty(of: lease, cause: .expired, in: &context) { budget -= 1 }
        guard budget > 0 else { return }
        leases.remove(lease)
        budget -= 1
    }
}
