internal import Bytes

// What may be looked at between entries. Times are as of the last entry applied.

extension Keyspace {
    /// The lease, if it lives.
    package func lease(_ id: LeaseID) -> LeaseStanding? {
        leases.live(id, at: clock)?.standing(id, at: clock)
    }

    /// At most `countMax` living leases after `id`, in the order of ids.
    package func leases(after id: LeaseID?, countMax: Int) -> [LeaseStanding] {
        var standings: [LeaseStanding] = []
        for element in leases.elements(after: id) where element.value.isLive(at: clock) {
            guard standings.count < countMax else { break }
            standings.append(element.value.standing(element.key, at: clock))
        }
        return standings
    }

    /// How many leases there are, swept or not.
    package var leaseCount: Int { leases.count }

    /// At most `countMax` of the lease's keys after `key`, in order. The records of locks and
    /// elections are not among them.
    package func keys(of lease: LeaseID, after key: Key?, countMax: Int) -> [Key] {
        leases.keys(of: lease, after: key, countMax: countMax)
    }

    /// How many idempotency keys protect a retry, and how many bytes they take.
    package var idempotencyTableSize: (count: Int, byteCount: Int) {
        (answers.count, answers.byteCount)
    }

    /// How many hold and how many wait, over all locks and elections.
    package var contenderCounts: (holders: Int, waiters: Int) {
        (contests.holderCount, contests.waiterCount)
    }

    // MARK: Locks and elections

    /// The contest's holders, oldest first, at most `Contest.holdersShownMax`.
    package func holders(of contest: Contest) -> [Grant] {
        holders(of: contest, countMax: Contest.holdersShownMax)
    }

    /// The contest's holders, oldest first.
    package func holders(of contest: Contest, countMax: Int) -> [Grant] {
        guard let queue = contests[contest] else { return [] }
        return queue.holders.elements.prefix(countMax).map { holder in
            grant(of: holder.value, token: holder.key, in: contest)
        }
    }

    /// The contest's waiters, first come first, and how many there are in all.
    package func waiters(of contest: Contest, countMax: Int) -> (first: [Waiter], count: Int) {
        guard let queue = contests[contest] else { return ([], 0) }
        let first = queue.waiters.elements.prefix(countMax).map { waiter in
            Waiter(
                lease: waiter.value.lease,
                mode: waiter.value.mode,
                owner: waiter.value.owner,
                info: waiter.value.info,
                since: waiter.value.since,
                permitCount: waiter.value.terms.permitCount,
                remainingMilliseconds: remainingMilliseconds(of: waiter.value.lease),
                leaseOrigin: leases[waiter.value.lease]?.origin,
                caller: waiter.value.caller
            )
        }
        return (first, queue.waiters.count)
    }

    /// At most `countMax` contests of that kind in which somebody holds or waits, in the order of
    /// their names, after `name`.
    package func contests(
        _ kind: Contest.Kind,
        after name: [UInt8],
        countMax: Int
    ) -> [Contest] {
        contests.elements(after: Contest(kind: kind, name: name))
            .prefix(countMax)
            .map(\.key)
            .filter { $0.kind == kind }
    }

    /// What the lease has in the contest: its grant while the lease lives, or its place.
    ///
    /// - Complexity: O(log *n* + *n* / 64) for *n* waiters.
    package func standing(of lease: LeaseID, in contest: Contest) -> Standing {
        switch contests.standing(of: lease, in: contest) {
        case .holding(let token):
            guard let holder = holder(of: contest, token: token, at: clock) else { return .none }
            return .holding(grant(of: holder, token: token, in: contest))
        case .waiting(let turn):
            return .waiting(place(of: lease, turn: turn, in: contest))
        case nil: return .none
        }
    }

    /// The grant of that token, while it counts.
    package func holder(of contest: Contest, token: FencingToken) -> Grant? {
        guard let holder = holder(of: contest, token: token, at: clock) else { return nil }
        return grant(of: holder, token: token, in: contest)
    }

    /// For how long nobody gets the contest, whoever waits; nil where nothing shuts it.
    package func shutMilliseconds(_ contest: Contest) -> UInt64? {
        contests[contest]?.shutUntil.map { $0 > clock ? $0.rawValue - clock.rawValue : 0 }
    }

    /// What a lease has in a contest.
    package enum Standing: Hashable, Sendable {
        case none
        case waiting(QueuePosition)
        case holding(Grant)
    }

    /// Somebody in a queue.
    package struct Waiter: Hashable, Sendable {
        /// What the place lives and dies with.
        package let lease: LeaseID
        /// Alone or with others.
        package let mode: LockRequest.Mode
        /// Who asked, for people.
        package let owner: [UInt8]
        /// What else was said, for people.
        package let info: [UInt8]
        /// When it came.
        package let since: WallTime
        /// How many may hold at a time, 0 for any number of those who share it.
        package let permitCount: UInt32
        /// What is left of the lease.
        package let remainingMilliseconds: UInt64
        /// What made the lease; nil once that is over and swept.
        package let leaseOrigin: Lease.Origin?
        /// Whose right is looked at when it would be granted.
        package let caller: Caller
    }
}

extension Keyspace {
    /// The holder of that token, if its lease lives at `time`, and the time of its own is not over: only
    /// then does the token count.
    func holder(of contest: Contest, token: FencingToken, at time: ClusterTime) -> Participant? {
        guard let holder = contests[contest]?.holders[token],
            leases.live(holder.lease, at: time) != nil, !holder.isOver(at: time)
        else { return nil }
        return holder
    }

    func grant(of holder: Participant, token: FencingToken, in contest: Contest) -> Grant {
        Grant(
            contest: contest,
            token: token,
            lease: holder.lease,
            mode: holder.mode,
            owner: holder.owner,
            value: holder.value,
            info: holder.info,
            since: holder.since,
            permitCount: holder.terms.permitCount,
            holdCount: holder.holdCount,
            holdRemainingMilliseconds: holder.holdRemainingMilliseconds(at: clock),
            remainingMilliseconds: remainingMilliseconds(of: holder.lease)
        )
    }

    func place(of lease: LeaseID, turn: Turn, in contest: Contest) -> QueuePosition {
        QueuePosition(
            contest: contest,
            lease: lease,
            position: contests.position(of: turn, in: contest),
            holders: holders(of: contest)
        )
    }

    private func remainingMilliseconds(of lease: LeaseID) -> UInt64 {
        leases[lease]?.remainingMilliseconds(at: clock) ?? 0
    }
}
