internal import Bytes

// Locks and elections. A waiter is (contest, lease); grants come strictly in order of turns, and
// each has a revision of its own, which is its fencing token. A holder's record is the key
// `/.roost/locks/NAME/LEASE` or `/.roost/elections/NAME/LEASE`: its create revision is the token,
// its value the lock's owner or the election's proclaimed value.

extension Keyspace {
    /// A holder whose lease is over, but not swept yet, still shuts the lock, though its token
    /// counts no more.
    mutating func acquire(_ acquisition: LockRequest, in context: inout ApplyContext)
        throws(Refusal)
        -> Outcome
    {
        let contest = acquisition.contest
        switch acquisition.ownership {
        case .lease(let id):
            try checkTie(to: id, in: &context)
            if let standing = contests.standing(of: id, in: contest) {
                return try askAgain(acquisition, standing: standing, lease: id)
            }
        case .own(let timeToLiveMilliseconds):
            try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
        }
        let queue = contests[contest]
        guard queue?.agrees(with: acquisition.terms, mode: acquisition.mode) ?? true else {
            throw .permitsDiffer(contest, permitCount: queue?.permitCount ?? 0)
        }
        let isFree = queue?.isFree(for: acquisition.mode) ?? true
        if !isFree, acquisition.patience == .refuseWhenHeld {
            let position = UInt64(queue?.waiters.count ?? 0) + 1
            throw .held(contest, holders: holders(of: contest), position: position)
        }
        try check(byteCount: acquisition.value.count)
        let contender = Participant(
            lease: acquisition.lease ?? freeLease(context),
            mode: acquisition.mode,
            owner: acquisition.owner,
            value: acquisition.value,
            info: acquisition.info,
            terms: acquisition.terms,
            since: context.wallTime,
            caller: isFree ? .nobody : context.caller
        )
        guard contests.hasRoom(for: contender, in: contest) else {
            throw .tooManyWaiters(contest)
        }
        if case .own(let timeToLiveMilliseconds) = acquisition.ownership {
            makeLease(
                contender.lease,
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: .place,
                context: context
            )
        }
        if isFree { return .granted(grant(contender, in: contest, in: &context)) }
        let turn = contender.turn(arrival: context.index)
        contests.enqueue(contender, in: contest, turn: turn)
        return .queued(place(of: contender.lease, turn: turn, in: contest))
    }

    /// The lease stands in the contest already: the same place or grant, unchanged but for the count
    /// of a hold that may be held again.
    private mutating func askAgain(
        _ acquisition: LockRequest,
        standing: Participation,
        lease: LeaseID
    ) throws(Refusal) -> Outcome {
        let contest = acquisition.contest
        switch standing {
        case .holding(let token):
            guard let holder = contests[contest]?.holders[token] else {
                throw .modeMismatch(contest)
            }
            try check(acquisition, asksAsBefore: holder)
            return .granted(try hold(token, again: acquisition, as: holder))
        case .waiting(let turn):
            guard let waiter = contests[contest]?.waiters[turn] else {
                throw .modeMismatch(contest)
            }
            try check(acquisition, asksAsBefore: waiter)
            let place = place(of: lease, turn: turn, in: contest)
            switch acquisition.patience {
            case .queue: return .queued(place)
            case .refuseWhenHeld:
                throw .held(contest, holders: place.holders, position: place.position)
            }
        }
    }

    /// The holder's grant, held once more where the request counts.
    private mutating func hold(
        _ token: FencingToken,
        again acquisition: LockRequest,
        as holder: Participant
    ) throws(Refusal) -> Grant {
        let contest = acquisition.contest
        guard acquisition.terms.reentry == .counted else {
            return grant(of: holder, token: token, in: contest)
        }
        guard holder.owner == acquisition.owner, holder.terms.reentry == .counted else {
            let position = UInt64(contests[contest]?.waiters.count ?? 0) + 1
            throw .held(contest, holders: holders(of: contest), position: position)
        }
        guard holder.holdCount < .max else { throw .tooManyWaiters(contest) }
        var held = holder
        held.holdCount += 1
        contests.change(holder: token, in: contest) { $0 = held }
        return grant(of: held, token: token, in: contest)
    }

    private func check(
        _ acquisition: LockRequest,
        asksAsBefore contender: Participant
    ) throws(Refusal) {
        guard contender.mode == acquisition.mode else { throw .modeMismatch(acquisition.contest) }
        let permitCount = contender.terms.permitCount
        guard permitCount == acquisition.terms.permitCount else {
            throw .permitsDiffer(acquisition.contest, permitCount: permitCount)
        }
    }

    mutating func abandon(
        _ contest: Contest,
        lease: LeaseID,
        abandonment: Abandonment,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        guard let standing = contests.standing(of: lease, in: contest) else {
            throw .notFound(contest.subject)
        }
        switch (standing, abandonment) {
        case (.waiting(let turn), _):
            let place = place(of: lease, turn: turn, in: contest)
            leave(standing, lease: lease, contest: contest, in: &context)
            return .abandoned(place)
        case (.holding(let token), .queuedOnly):
            guard leases.live(lease, at: context.time) != nil,
                let holder = contests[contest]?.holders[token]
            else { throw .notFound(contest.subject) }
            return .granted(grant(of: holder, token: token, in: contest))
        case (.holding, .heldToo):
            return .released(
                revision: leave(standing, lease: lease, contest: contest, in: &context)
            )
        }
    }

    mutating func release(
        _ contest: Contest,
        token: FencingToken,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        if planted(.releaseByAnyone), let first = contests[contest]?.holders.first {
            let revision = leave(
                .holding(first.key),
                lease: first.value.lease,
                contest: contest,
                in: &context
            )
            return .released(revision: revision)
        }
        guard let holder = holder(of: contest, token: token, at: context.time) else {
            throw .notHolder(contest, holders: holders(of: contest))
        }
        if holder.holdCount > 1 {
            let count = holder.holdCount - 1
            contests.change(holder: token, in: contest) { $0.holdCount = count }
            return .stillHeld(revision: store.revision, count: count)
        }
        return .released(
            revision: leave(.holding(token), lease: holder.lease, contest: contest, in: &context)
        )
    }

    /// Whatever their leases: the administrator's way.
    mutating func releaseEveryHolder(of contest: Contest, in context: inout ApplyContext)
        throws(Refusal)
        -> Outcome
    {
        guard let queue = contests[contest], !queue.holders.isEmpty else {
            throw .notFound(contest.subject)
        }
        store.begin(as: context.stamp, for: context.audience)
        for holder in queue.holders.elements {
            let lease = holder.value.lease
            end(.holding(holder.key), of: lease, in: contest, cause: .deleted, in: &context)
        }
        commit(&context)
        return .released(revision: store.revision)
    }

    mutating func proclaim(
        _ election: [UInt8],
        token: FencingToken,
        value: [UInt8],
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let contest = Contest(kind: .election, name: election)
        guard var holder = holder(of: contest, token: token, at: context.time) else {
            throw .notHolder(contest, holders: holders(of: contest))
        }
        try check(byteCount: value.count)
        holder.value = value
        contests.change(holder: token, in: contest) { $0.value = value }
        store.begin(as: context.stamp, for: context.audience)
        let replacement = store.put(
            contest.recordKey(of: holder.lease),
            value: value,
            lease: holder.lease
        )
        commit(&context)
        context.contestEvents.append(.proclaimed(grant(of: holder, token: token, in: contest)))
        return .proclaimed(revision: replacement.result.revision)
    }

    /// Throws when the fence does not hold. A token is the revision of one grant, so it proves the
    /// holder of the lock or of the election of that name.
    func check(_ fence: Fence, context: ApplyContext) throws(Refusal) {
        if planted(.fenceIgnored) { return }
        let lock = Contest(kind: .lock, name: fence.lock)
        let election = Contest(kind: .election, name: fence.lock)
        if holder(of: lock, token: fence.token, at: context.time) != nil { return }
        if holder(of: election, token: fence.token, at: context.time) != nil { return }
        let locked = holders(of: lock)
        throw .fenced(
            lock: fence.lock,
            token: fence.token,
            holders: locked.isEmpty ? holders(of: election) : locked
        )
    }
}

// MARK: - Ends and grants

extension Keyspace {
    /// Grants every contest's first waiters as long as they can be, in the order of contests, up to
    /// the turn's bound. A waiter whose lease is over, or who may not have it any more, is passed by
    /// and leaves the queue.
    mutating func settleContests(_ context: inout ApplyContext) {
        context.marks = nil
        while context.grantsLeft > 0, let contest = contests.firstGrantable {
            guard let first = contests[contest]?.waiters.first,
                let waiter = contests.removeWaiter(first.key, in: contest)
            else { return invariant(false, "a contest without waiters is called grantable") }
            context.grantsLeft -= 1
            if !access.admits(waiter: waiter.caller, in: contest) {
                turnAway(waiter, from: contest, in: &context)
            } else if leases.live(waiter.lease, at: context.time) != nil {
                _ = grant(waiter, in: contest, in: &context)
            } else {
                context.contestEvents.append(
                    .ended(contest, lease: waiter.lease, because: .expired)
                )
            }
        }
    }

    /// Ends the place of a waiter whose right has ended, who left the queue, and a lease that was made
    /// for it.
    private mutating func turnAway(
        _ waiter: Participant,
        from contest: Contest,
        in context: inout ApplyContext
    ) {
        context.contestEvents.append(.ended(contest, lease: waiter.lease, because: .denied))
        guard leases[waiter.lease]?.origin == .place else { return }
        store.begin(as: context.systemStamp, for: context.audience)
        endLease(waiter.lease, cause: .deleted, in: &context)
        commit(&context)
    }

    /// Makes the contender a holder, at a revision of its own.
    private mutating func grant(
        _ contender: Participant,
        in contest: Contest,
        in context: inout ApplyContext
    ) -> Grant {
        store.begin(as: context.stamp, for: context.audience)
        let replacement = store.put(
            contest.recordKey(of: contender.lease),
            value: contest.kind == .lock ? contender.owner : contender.value,
            lease: contender.lease
        )
        commit(&context)
        if leases[contender.lease]?.origin == .place {
            leases.restart(contender.lease, at: context.time)
        }
        let token = token(of: contender, grantedAt: replacement.result.revision)
        var holder = contender
        holder.caller = .nobody
        if let waited = contender.age(at: context.wallTime) {
            context.contestSpans.append(.waited(contest.kind, milliseconds: waited))
        }
        holder.since = context.wallTime
        if contender.terms.holdMilliseconds > 0 {
            let milliseconds = contender.terms.holdMilliseconds
            holder.holdEnd = context.time.advanced(byMilliseconds: milliseconds)
        }
        contests.addHolder(holder, in: contest, token: token)
        let grant = grant(of: holder, token: token, in: contest)
        context.contestEvents.append(.granted(grant))
        return grant
    }

    private func token(of contender: Participant, grantedAt revision: Revision) -> FencingToken {
        if planted(.tokenIsLease) {
            return FencingToken(rawValue: contender.lease.rawValue)
        }
        return FencingToken(rawValue: revision.rawValue)
    }

    /// Ends a place or grant that its lease gives up; returns the revision after.
    @discardableResult
    private mutating func leave(
        _ standing: Participation,
        lease: LeaseID,
        contest: Contest,
        in context: inout ApplyContext
    ) -> Revision {
        store.begin(as: context.stamp, for: context.audience)
        end(standing, of: lease, in: contest, cause: .deleted, in: &context)
        commit(&context)
        return store.revision
    }

    /// Inside an open change set: ends a place or grant, and with it a lease that was made for it.
    mutating func end(
        _ standing: Participation,
        of lease: LeaseID,
        in contest: Contest,
        cause: DeleteCause,
        in context: inout ApplyContext
    ) {
        endStanding(standing, of: lease, in: contest, cause: cause, in: &context)
        if leases[lease]?.origin == .place { endLease(lease, cause: cause, in: &context) }
    }

    /// Inside an open change set: ends a place or grant; the lease stays.
    mutating func endStanding(
        _ standing: Participation,
        of lease: LeaseID,
        in contest: Contest,
        cause: DeleteCause,
        in context: inout ApplyContext
    ) {
        switch standing {
        case .waiting(let turn): _ = contests.removeWaiter(turn, in: contest)
        case .holding(let token):
            let holder = contests.removeHolder(token: token, in: contest)
            if cause == .expired, let delay = holder?.terms.delayMilliseconds, delay > 0 {
                contests.shut(contest, until: context.time.advanced(byMilliseconds: delay))
            }
            if let held = holder?.age(at: context.wallTime) {
                context.contestSpans.append(.held(contest.kind, milliseconds: held))
            }
            _ = store.delete(contest.recordKey(of: lease), cause: cause)
        }
        context.contestEvents.append(
            .ended(contest, lease: lease, because: ContestEnd(cause))
        )
    }
}

extension Contest {
    private static let locks = Key.reserved.child(Array("locks".utf8))
    private static let elections = Key.reserved.child(Array("elections".utf8))

    /// The key under which the records of the contest's holders lie.
    package var recordsKey: Key { (kind == .lock ? Self.locks : Self.elections).child(name) }

    /// The key of a holder's record.
    package func recordKey(of lease: LeaseID) -> Key {
        recordsKey.child(Hexadecimal.encode(lease.rawValue))
    }

    /// What is missing when nobody holds or waits.
    fileprivate var subject: Refusal.Subject { kind == .lock ? .lock : .election }
}

extension LockRequest {
    /// The caller's lease, if it brings one.
    fileprivate var lease: LeaseID? {
        guard case .lease(let id) = ownership else { return nil }
        return id
    }
}
