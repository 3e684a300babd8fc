internal import Bytes
internal import Keyspace
internal import Replica

extension LockUser {
    func hear(_ result: RequestResult) {
        if case .denied = result, case .asking = state {
            history.places.calledNotApplied(owner)
        }
        guard case .answered(let answer) = result else { return hearNothing() }
        switch (state, answer.outcome) {
        case (.leasing, .leaseGranted(let lease, _)):
            client.count(.leaseGranted)
            begin(lease)
            state = .idle
            return client.tryAgain()
        case (.asking, .granted(let grant)), (.abandoning, .granted(let grant)):
            hold(grant)
        case (.asking, .queued(let queued)):
            queue(queued)
        case (.asking, .refused(.held)):
            client.count(.held)
            state = .idle
        case (.keepingPlace, .keptAlive(let standings)):
            keptPlace(standings)
        case (.abandoning, .abandoned):
            client.count(.waitAbandoned)
            leave()
        case (.keepingHold, .keptAlive(let standings)): keptHold(standings)
        case (.writing, .put):
            client.count(.guardedWrite)
            afterUse()
        case (.proclaiming, .proclaimed):
            client.count(.proclaimed)
            afterUse()
        case (.handingOver, .successorChosen):
            client.count(.handedOver)
            afterUse()
        case (.handingOver, .refused(.noSuccessor)):
            client.count(.successorLacking)
            afterUse()
        // Its time may be up, whatever its lease.
        case (.handingOver, .refused), (.writing, .refused(.fenced)), (.proclaiming, .refused),
            (.releasing, .refused(.notHolder)):
            loseHold(answer.outcome)
        case (.releasing, .released):
            client.count(.released)
            leave()
        case (.abandoning, .refused(.notFound)) where ownership == .own && denial != nil:
            client.count(.placeDenied)
            leave()
        case (.guarding, .guardChanged):
            history.guardedContests.insert(contest)
            state = .idle
        case (.trespassing, .refused(.guarded)):
            client.count(.trespassRefused)
            state = .idle
        case (.trespassing, .transaction):
            world.found(.client(.unguardedWrite(contest: contest)))
            state = .idle
        // Else nobody but the lease's end takes a place or a grant from it.
        case (.asking, .refused(.notFound(.lease))), (.abandoning, .refused(.notFound)): lose()
        default: forgetLease()
        }
        client.rest()
    }

    /// What became of the request is not known, or it had no effect.
    private func hearNothing() {
        switch state {
        case .keepingPlace:
            history.leases.mayHaveTouched(leaseNumber, until: world.now)
            // The member that would tell of the grant may be gone: ask again, it is the same place.
            guard ownership == .own, let member = client.reachableMember() else {
                forgetLease()
                break
            }
            return acquire(at: member, asked: asked)
        case .keepingHold, .writing, .proclaiming, .handingOver: afterUse()
        case .asking where ownership == .own && world.pick(2) == 0:
            unansweredCount += 1
            guard let member = client.reachableMember() else {
                forgetLease()
                break
            }
            return acquire(at: member, asked: asked)
        case .guarding, .trespassing: state = .idle
        case .leasing, .asking, .abandoning, .releasing, .idle, .waiting, .holding, .late:
            forgetLease()
        }
        client.rest()
    }

    private func begin(_ lease: LeaseID) {
        let number = history.leases.begin(
            id: lease.rawValue,
            reliableNanoseconds: client.reliableNanoseconds(
                timeToLiveMilliseconds: timeToLiveMilliseconds
            ),
            sent: sent,
            received: world.now
        )
        history.leaseNumbers[lease] = number
        self.lease = lease
        leaseNumber = number
        unansweredCount = 0
    }

    private func queue(_ queued: QueuePosition) {
        if ownership == .place {
            begin(queued.lease)
        }
        if !hasWaited {
            patienceEnds = world.now.advanced(
                byMilliseconds: world.random(300...6_000)
            )
        }
        hasWaited = true
        state = .waiting
        look()
    }

    /// When it waits, its host tells it once its place has become a grant.
    private func look() {
        guard case .waiting = state, let lease,
            let host = host?.find(in: members), host.state == .running,
            let view = host.replica?.keyspace,
            case .holding(let grant) = view.standing(of: lease, in: contestName)
        else { return }
        hold(grant)
    }

    /// The place lives on, and may have been granted meanwhile.
    private func keptPlace(_ standings: [LeaseStanding?]) {
        guard case .some(.some) = standings.first else { return lose() }
        client.count(.leaseKept)
        history.leases.touched(leaseNumber, sent: sent, received: world.now)
        state = .waiting
        look()
    }

    /// The client is told that it holds.
    func hold(_ grant: Grant) {
        if lease == nil || ownership == .place && !hasWaited {
            begin(grant.lease)
        }
        switch (grant.contest.kind, grant.mode) {
        case (.election, _): client.count(.leadershipGranted)
        case (.lock, .shared) where grant.permitCount > 0: client.count(.permitGranted)
        case (.lock, .shared): client.count(.sharedLockGranted)
        case (.lock, .exclusive): client.count(.lockGranted)
        }
        if hasWaited { client.count(.grantedAfterWait) }
        token = grant.token
        permitCount = Int(grant.permitCount)
        state = .holding
        world.tell("lock user \(place) is told that it holds \(contest): \(grant)")
        prove()
    }

    /// As long as the lease can be relied on, ownership is proven.
    private func prove() {
        let leaseEnd = history.leases.reliableUntil(leaseNumber)
        let until = handOverEnd.map { min($0, leaseEnd) } ?? leaseEnd
        guard let token, world.now < until else { return }
        if let tenure, world.now < history.tenures.until(tenure) {
            return history.tenures.extend(tenure, until: until)
        }
        tenure = history.tenures.begin(
            OwnershipHistory.Grant(
                contest: contest,
                token: token.rawValue,
                mode: mode == .shared ? .shared : .exclusive,
                lease: lease?.rawValue ?? 0,
                permitCount: permitCount
            ),
            asked: asked,
            from: world.now,
            until: until
        )
    }

    private func keptHold(_ standings: [LeaseStanding?]) {
        guard case .some(.some) = standings.first else { return lose() }
        client.count(.leaseKept)
        history.leases.touched(leaseNumber, sent: sent, received: world.now)
        state = .holding
        prove()
    }

    private func afterUse() {
        let isHolding = token != nil
        if isHolding { state = .holding } else { forgetLease() }
    }

    /// The lease is over, somebody says.
    private func lose() {
        world.tell("lock user \(place) is told that it lost its lease, in state \(state)")
        if ownership == .place, let denial {
            client.count(.placeDenied)
            history.leases.endedWithPlace(leaseNumber, at: denial)
        }
        history.leases.gone(leaseNumber, at: world.now)
        forgetLease()
    }

    /// Its token is not the holder's.
    private func loseHold(_ outcome: Outcome) {
        if case .refused(.fenced) = outcome { client.count(.fenced) }
        if handOverEnd == nil { lose() } else { leave() }
    }

    /// When its place ended because it may not have the lock any more: "a place in a queue ends with
    /// `denied` when its right ends". A grant, and a lease of its own, are never taken for that.
    private var denial: MonotonicTime? {
        guard token == nil, let lease else { return nil }
        return history.placeDenied(under: lease, asked: asked)
    }

    /// The place or grant was given up; a lease of its own lives on.
    private func leave() {
        if ownership == .place { return forgetLease() }
        token = nil
        tenure = nil
        state = .idle
        if world.pick(2) == 0 || unansweredCount > 0 { forgetLease() }
    }

    /// Nothing is done for the lease any more.
    func forgetLease() {
        lease = nil
        token = nil
        tenure = nil
        state = .idle
    }

    /// The member has applied the grant: if this client waits for it there, it hears of it.
    func observe(_ grant: Grant, at member: SimulatedMember) {
        guard lease == grant.lease, case .waiting = state, let host, host.isProcess(of: member)
        else { return }
        hold(grant)
    }

    /// A snapshot took the place of that member's store: if this client waits there, it looks anew.
    func lookAgain(at member: SimulatedMember) {
        guard let host, host.isProcess(of: member) else { return }
        look()
    }
}
