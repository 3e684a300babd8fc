internal import Bytes
internal import Keyspace
internal import Replica

extension SimulatedCluster {
    func hearContender(_ place: Int, for client: Int, tidings: Tidings) {
        let contender = workload.contenders[place]
        if case .denied = tidings, case .asking = contender.state {
            workload.places.calledNotApplied(contender.owner)
        }
        guard case .answered(let answer) = tidings else { return hearNothing(place, for: client) }
        switch (contender.state, answer.outcome) {
        case (.leasing, .leaseGranted(let lease, _)):
            count(.leaseGranted)
            begin(lease, at: place, for: client)
            workload.contenders[place].state = .idle
            return tryAgain(client)
        case (.asking, .granted(let grant)), (.abandoning, .granted(let grant)):
            hold(grant, at: place, for: client)
        case (.asking, .queued(let queued)):
            queue(queued, at: place, for: client)
        case (.asking, .refused(.held)):
            count(.held)
            workload.contenders[place].state = .idle
        case (.keepingPlace, .keptAlive(let standings)):
            keptPlace(standings, at: place, for: client)
        case (.abandoning, .abandoned):
            count(.waitAbandoned)
            leave(place)
        case (.keepingHold, .keptAlive(let standings)): keptHold(standings, at: place)
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
        // Nobody but the lease's end takes a place or a grant from it.
        case (.asking, .refused(.notFound(.lease))), (.abandoning, .refused(.notFound)),
            (.releasing, .refused(.notHolder)):
            lose(place)
        default: forgetLease(place)
        }
        rest(client)
    }

    /// What became of the request is not known, or it had no effect.
    private func hearNothing(_ place: Int, for client: Int) {
        let contender = workload.contenders[place]
        switch contender.state {
        case .keepingPlace:
            workload.leases.mayHaveTouched(contender.leaseNumber, until: now)
            // The member that would tell of the grant may be gone: ask again, it is the same place.
            guard contender.ownership == .own, let member = reachableMember() else {
                forgetLease(place)
                break
            }
            return acquire(place, for: client, member: member, asked: contender.asked)
        case .keepingHold, .writing, .proclaiming: afterUse(place)
        case .asking where contender.ownership == .own && pick(2) == 0:
            workload.contenders[place].unansweredCount += 1
            guard let member = reachableMember() else {
                forgetLease(place)
                break
            }
            return acquire(place, for: client, member: member, asked: contender.asked)
        case .leasing, .asking, .abandoning, .releasing, .idle, .waiting, .holding, .late:
            forgetLease(place)
        }
        rest(client)
    }

    private func begin(_ lease: LeaseID, at place: Int, for client: Int) {
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
        workload.contenders[place].unansweredCount = 0
    }

    private func queue(_ queued: QueuePosition, at place: Int, for client: Int) {
        if workload.contenders[place].ownership == .place {
            begin(queued.lease, at: place, for: client)
        }
        if !workload.contenders[place].hasWaited {
            workload.contenders[place].patienceEnds = now.advanced(
                byMilliseconds: random(300...6_000)
            )
        }
        workload.contenders[place].hasWaited = true
        workload.contenders[place].state = .waiting
        look(place, for: client)
    }

    /// The process that was asked for the place, while it lives.
    func hostProcess(of place: Int) -> SimulatedMember? {
        guard let host = workload.contenders[place].host else { return nil }
        let member = members[host.member]
        return host.isProcess(of: member) && member.state != .down ? member : nil
    }

    /// Whoever waits is told when its place is a grant, as its host has it.
    private func look(_ place: Int, for client: Int) {
        let contender = workload.contenders[place]
        guard case .waiting = contender.state, let lease = contender.lease,
            let host = hostProcess(of: place), host.state == .running,
            let view = host.replica?.keyspace,
            case .holding(let grant) = view.standing(of: lease, in: contender.contestName)
        else { return }
        hold(grant, at: place, for: client)
    }

    /// The place lives on, and may have been granted meanwhile.
    private func keptPlace(_ standings: [LeaseStanding?], at place: Int, for client: Int) {
        let contender = workload.contenders[place]
        guard case .some(.some) = standings.first else { return lose(place) }
        count(.leaseKept)
        workload.leases.touched(contender.leaseNumber, sent: contender.sent, received: now)
        workload.contenders[place].state = .waiting
        look(place, for: client)
    }

    /// The client is told that it holds.
    func hold(_ grant: Grant, at place: Int, for client: Int) {
        let contender = workload.contenders[place]
        if contender.lease == nil || contender.ownership == .place && !contender.hasWaited {
            begin(grant.lease, at: place, for: client)
        }
        switch (grant.contest.kind, grant.mode) {
        case (.election, _): count(.leadershipGranted)
        case (.lock, .shared): count(.sharedLockGranted)
        case (.lock, .exclusive): count(.lockGranted)
        }
        if contender.hasWaited { count(.grantedAfterWait) }
        workload.contenders[place].token = grant.token
        workload.contenders[place].state = .holding
        tell(nil, "contender \(place) is told that it holds \(contender.contest): \(grant)")
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
            OwnershipHistory.Grant(
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

    private func keptHold(_ standings: [LeaseStanding?], at place: Int) {
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
        tell(
            nil,
            "contender \(place) is told that it lost its lease: \(workload.contenders[place])"
        )
        workload.leases.gone(workload.contenders[place].leaseNumber, at: now)
        forgetLease(place)
    }

    /// The place or grant was given up; a lease of the contender's own lives on.
    private func leave(_ place: Int) {
        let contender = workload.contenders[place]
        if contender.ownership == .place { return forgetLease(place) }
        workload.contenders[place].token = nil
        workload.contenders[place].tenure = nil
        workload.contenders[place].state = .idle
        if pick(2) == 0 || contender.unansweredCount > 0 { forgetLease(place) }
    }

    /// Nothing is done for the lease any more.
    func forgetLease(_ place: Int) {
        workload.contenders[place].lease = nil
        workload.contenders[place].token = nil
        workload.contenders[place].tenure = nil
        workload.contenders[place].state = .idle
    }

    /// Whoever waits at that member hears of the grant there.
    func observe(_ grant: Grant, at member: SimulatedMember) {
        for place in workload.contenders.indices
        where workload.contenders[place].lease == grant.lease {
            guard case .waiting = workload.contenders[place].state,
                let host = workload.contenders[place].host, host.isProcess(of: member)
            else { continue }
            hold(grant, at: place, for: workload.client(ofContender: place))
        }
    }

    /// A snapshot took the place of that member's store: whoever waits there looks anew.
    func lookAgain(at member: SimulatedMember) {
        for place in workload.contenders.indices {
            guard let host = workload.contenders[place].host, host.isProcess(of: member) else {
                continue
            }
            look(place, for: workload.client(ofContender: place))
        }
    }
}
