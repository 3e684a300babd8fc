internal import Bytes
internal import Keyspace
internal import Replica

extension SimulatedCluster {
    func hearContender(_ place: Int, _ client: Int, _ tidings: Tidings) {
        guard case .answered(let answer) = tidings else { return hearNothing(place, client) }
        let contender = workload.contenders[place]
        switch (contender.state, answer.outcome) {
        case (.leasing, .leaseGranted(let lease, _)):
            count(.leaseGranted)
            begin(lease, place, client)
            workload.contenders[place].state = .idle
            return tryAgain(client)
        case (.asking, .granted(let grant)), (.abandoning, .granted(let grant)):
            hold(grant, place, client)
        case (.asking, .queued(let queued)):
            queue(queued, place, client)
        case (.asking, .refused(.held)):
            count(.held)
            workload.contenders[place].state = .idle
        case (.keepingPlace, .keptAlive(let standings)): keptPlace(standings, place, client)
        case (.abandoning, .abandoned):
            count(.waitAbandoned)
            leave(place)
        case (.keepingHold, .keptAlive(let standings)): keptHold(standings, place)
        case (.writing, .put):
            count(.guardedWrite)
            afterUse(place)
        case (.writing, .refused(.fenced)):
            count(.fenced)
            lose(place)
        case (.proclaiming, .proclaimed):
            count(.proclaimed)
            afterUse(place)
        case (.proclaiming, .refused): lose(place)
        case (.releasing, .released):
            count(.released)
            leave(place)
        default: forgetLease(place)
        }
        rest(client)
    }

    /// What became of the request is not known, or it had no effect.
    private func hearNothing(_ place: Int, _ client: Int) {
        let contender = workload.contenders[place]
        switch contender.state {
        case .keepingPlace:
            workload.leases.mayHaveTouched(contender.leaseNumber, until: now)
            // The member that would tell of the grant may be gone: ask again, it is the same place.
            guard contender.ownership == .own, let member = reachableMember() else {
                forgetLease(place)
                break
            }
            return acquire(place, client, member, asked: contender.asked)
        case .keepingHold, .writing, .proclaiming: afterUse(place)
        case .asking where contender.ownership == .own && pick(2) == 0:
            guard let member = reachableMember() else {
                forgetLease(place)
                break
            }
            return acquire(place, client, member, asked: contender.asked)
        case .leasing, .asking, .abandoning, .releasing, .idle, .waiting, .holding, .late:
            forgetLease(place)
        }
        rest(client)
    }

    private func begin(_ lease: LeaseID, _ place: Int, _ client: Int) {
        let contender = workload.contenders[place]
        let number = workload.leases.begin(
            id: lease.rawValue,
            reliableNanoseconds: workload.reliableNanoseconds(
                timeToLiveMilliseconds: contender.timeToLiveMilliseconds,
                of: client
            ),
            sent: contender.sent,
            received: now
        )
        workload.leaseNumbers[lease] = number
        workload.contenders[place].lease = lease
        workload.contenders[place].leaseNumber = number
    }

    private func queue(_ queued: Place, _ place: Int, _ client: Int) {
        if workload.contenders[place].ownership == .place { begin(queued.lease, place, client) }
        workload.contenders[place].patienceEnds = now.advanced(
            byMilliseconds: random(300...6_000)
        )
        workload.contenders[place].hasWaited = true
        let member = tenant()
        workload.contenders[place].state = .waiting(member: member.number, life: member.life)
    }

    /// The place lives on; whoever waits elsewhere asks there again.
    private func keptPlace(_ standings: [LeaseStanding?], _ place: Int, _ client: Int) {
        let contender = workload.contenders[place]
        guard case .some(.some) = standings.first, let lease = contender.lease else {
            return lose(place)
        }
        count(.leaseKept)
        workload.leases.touched(contender.leaseNumber, sent: contender.sent, received: now)
        // It may have been granted meanwhile.
        for member in members where member.state == .running {
            guard let view = member.replica?.keyspace else { continue }
            if case .holding(let grant) = view.standing(of: lease, in: contender.contestName) {
                return hold(grant, place, client)
            }
        }
        let member = tenant()
        workload.contenders[place].state = .waiting(member: member.number, life: member.life)
    }

    /// The client is told that it holds.
    func hold(_ grant: Grant, _ place: Int, _ client: Int) {
        let contender = workload.contenders[place]
        if contender.lease == nil || contender.ownership == .place && !contender.hasWaited {
            begin(grant.lease, place, client)
        }
        switch (grant.contest.kind, grant.mode) {
        case (.election, _): count(.leadershipGranted)
        case (.lock, .shared): count(.sharedLockGranted)
        case (.lock, .exclusive): count(.lockGranted)
        }
        if contender.hasWaited { count(.grantedAfterWait) }
        workload.contenders[place].token = grant.token
        workload.contenders[place].state = .holding
        prove(place)
    }

    /// As long as the lease can be relied on, ownership is proven.
    private func prove(_ place: Int) {
        let contender = workload.contenders[place]
        let until = workload.leases.reliableUntil(contender.leaseNumber)
        guard let token = contender.token, now < until else { return }
        if let tenure = contender.tenure, now < workload.tenures.until(tenure) {
            return workload.tenures.extend(tenure, until: until)
        }
        workload.contenders[place].tenure = workload.tenures.begin(
            TenureLog.Grant(
                contest: contender.contest,
                token: token.rawValue,
                mode: contender.mode == .shared ? .shared : .exclusive,
                lease: contender.lease?.rawValue ?? 0
            ),
            asked: contender.asked,
            from: now,
            until: until
        )
    }

    private func keptHold(_ standings: [LeaseStanding?], _ place: Int) {
        let contender = workload.contenders[place]
        guard case .some(.some) = standings.first else { return lose(place) }
        count(.leaseKept)
        workload.leases.touched(contender.leaseNumber, sent: contender.sent, received: now)
        workload.contenders[place].state = .holding
        prove(place)
    }

    private func afterUse(_ place: Int) {
        let isHolding = workload.contenders[place].token != nil
        if isHolding { workload.contenders[place].state = .holding } else { forgetLease(place) }
    }

    /// The lease is over, somebody says.
    private func lose(_ place: Int) {
        workload.leases.gone(workload.contenders[place].leaseNumber, at: now)
        forgetLease(place)
    }

    /// The place or grant was given up; a lease of the contender's own lives on.
    private func leave(_ place: Int) {
        if workload.contenders[place].ownership == .place { return forgetLease(place) }
        workload.contenders[place].token = nil
        workload.contenders[place].tenure = nil
        workload.contenders[place].state = .idle
        if pick(2) == 0 { forgetLease(place) }
    }

    /// Nothing is done for the lease any more.
    private func forgetLease(_ place: Int) {
        workload.contenders[place].lease = nil
        workload.contenders[place].token = nil
        workload.contenders[place].tenure = nil
        workload.contenders[place].state = .idle
    }

    /// Whoever waits at that member hears of the grant there.
    func observe(_ grant: Grant, at member: SimulatedMember) {
        for place in workload.contenders.indices
        where workload.contenders[place].lease == grant.lease {
            guard case .waiting(let number, let life) = workload.contenders[place].state,
                number == member.number, life == member.life
            else { continue }
            let client = workload.mix.keyUserCount + workload.mix.leaseHolderCount + place
            hold(grant, place, client)
        }
    }
}
