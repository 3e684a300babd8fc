internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who contends for locks and leadership, alone or with others, with a lease of its own or
/// of the place's, waits or does not, and gives up properly or just falls silent.
struct LockUser: Sendable {
    enum State: Sendable {
        case idle
        case leasing
        case asking
        /// In the queue, until its host says that it is granted.
        case waiting
        case keepingPlace
        case abandoning
        case holding
        case keepingHold
        case writing
        case proclaiming
        case releasing
        /// It believes nothing any more, but still has the token, and writes with it once.
        case late
    }

    enum Ownership: Sendable {
        case own
        case place
    }

    /// A member's process.
    struct Host: Sendable {
        let member: Int
        let life: Int

        init(_ member: SimulatedMember) {
            self.member = member.number
            life = member.life
        }

        func isProcess(of member: SimulatedMember) -> Bool {
            member.number == self.member && member.life == life
        }
    }

    var state = State.idle
    var contest = 0
    var mode = LockRequest.Mode.exclusive
    var ownership = Ownership.place
    var timeToLiveMilliseconds: UInt64 = 1_000
    /// The caller's, or the place's; nil while there is none.
    var lease: LeaseID?
    /// In the log of leases.
    var leaseNumber = 0
    var token: FencingToken?
    /// In the log of tenures, the last one.
    var tenure: Int?
    /// When it first asked for the place.
    var asked = MonotonicTime(rawValue: 0)
    /// When the request under way was sent.
    var sent = MonotonicTime(rawValue: 0)
    /// Who was asked for the place, last. Only it tells of the grant, out of a store that has
    /// applied the question: another member may be so far behind that it shows an older grant of
    /// the same lease.
    var host: Host?
    /// How often nothing was heard of a request for a place under this lease: each may be granted
    /// yet, behind what is answered later.
    var unansweredCount = 0
    /// When it loses patience in the queue.
    var patienceEnds = MonotonicTime(rawValue: 0)
    var hasWaited = false
    /// Names the last request for a place in history: no other has it.
    var owner: UInt64 = 0

    var contestName: Contest { Workload.contests[contest] }
}

extension SimulatedCluster {
    func actContender(_ place: Int, for client: Int) {
        let contender = workload.contenders[place]
        guard let member = reachableMember() else { return tryAgain(client) }
        switch contender.state {
        case .idle: enter(place, for: client, member: member)
        case .waiting: wait(place, for: client, member: member)
        case .holding: useHold(place, for: client, member: member)
        case .late: writeGuarded(place, for: client, member: member)
        case .leasing, .asking, .keepingPlace, .abandoning, .keepingHold, .writing, .proclaiming,
            .releasing:
            break
        }
    }

    func ask(
        _ request: Request,
        state: LockUser.State,
        at place: Int,
        for client: Int,
        member: SimulatedMember
    ) {
        workload.contenders[place].state = state
        workload.contenders[place].sent = now
        propose(request, from: client, to: member)
    }

    private func enter(_ place: Int, for client: Int, member: SimulatedMember) {
        let contest = pick(Workload.contests.count)
        let isLock = Workload.contests[contest].kind == .lock
        workload.contenders[place].contest = contest
        workload.contenders[place].mode = isLock && pick(3) == 0 ? .shared : .exclusive
        workload.contenders[place].token = nil
        workload.contenders[place].tenure = nil
        workload.contenders[place].hasWaited = false
        if pick(2) == 0 {
            workload.contenders[place].ownership = .place
            workload.contenders[place].timeToLiveMilliseconds = random(1_000...2_000)
            acquire(place, for: client, member: member, asked: now)
        } else if workload.contenders[place].ownership == .own,
            workload.contenders[place].lease != nil
        {
            acquire(place, for: client, member: member, asked: now)
        } else {
            let milliseconds = random(1_000...3_000)
            workload.contenders[place].ownership = .own
            workload.contenders[place].timeToLiveMilliseconds = milliseconds
            let grant = Request(.grantLease(timeToLiveMilliseconds: milliseconds))
            ask(grant, state: .leasing, at: place, for: client, member: member)
        }
    }

    func acquire(
        _ place: Int,
        for client: Int,
        member: SimulatedMember,
        asked: MonotonicTime
    ) {
        let contender = workload.contenders[place]
        workload.contenders[place].asked = asked
        let milliseconds = contender.timeToLiveMilliseconds
        let lease = contender.ownership == .own ? contender.lease : nil
        let owner = workload.nextShortValue(of: client)
        workload.contenders[place].owner = owner
        let value = KeySpaces.encode(owner)
        let acquisition = LockRequest(
            contest: contender.contestName,
            mode: contender.mode,
            ownership: lease.map { .lease($0) } ?? .own(timeToLiveMilliseconds: milliseconds),
            patience: asked == now && pick(3) == 0 ? .refuseWhenHeld : .queue,
            owner: value,
            value: value
        )
        workload.contenders[place].host = LockUser.Host(member)
        ask(Request(.acquire(acquisition)), state: .asking, at: place, for: client, member: member)
    }

    /// In the queue: keep the place alive, or leave it. Under a lease of its own it asks for the
    /// same place elsewhere when the host is gone, and now and then anyhow, for a host may hang;
    /// under the place's, place and host are one.
    private func wait(_ place: Int, for client: Int, member: SimulatedMember) {
        let contender = workload.contenders[place]
        guard let lease = contender.lease else { return rest(client) }
        switch (hostProcess(of: place), contender.ownership) {
        case (nil, .place):
            forgetLease(place)
            return rest(client)
        case (nil, .own): return acquire(place, for: client, member: member, asked: contender.asked)
        case (.some, .own) where pick(8) == 0:
            return acquire(place, for: client, member: member, asked: contender.asked)
        case (.some, _): break
        }
        if now >= contender.patienceEnds {
            let extent: Abandonment = pick(2) == 0 ? .queuedOnly : .heldToo
            let abandon = Request(.abandon(contender.contestName, lease: lease, extent))
            ask(abandon, state: .abandoning, at: place, for: client, member: member)
        } else {
            ask(
                Request(.keepAlive([lease])),
                state: .keepingPlace,
                at: place,
                for: client,
                member: member
            )
        }
    }

    private func useHold(_ place: Int, for client: Int, member: SimulatedMember) {
        let contender = workload.contenders[place]
        guard let lease = contender.lease, let token = contender.token else {
            workload.contenders[place].state = .idle
            return rest(client)
        }
        switch pick(8) {
        case 0:
            // Silence: the lease ends by itself. Afterwards the token is good for nothing.
            workload.contenders[place].state = .late
            let milliseconds = contender.timeToLiveMilliseconds + random(0...2_000)
            schedule(.client(client), after: milliseconds * 1_000)
        case 1, 2:
            if let tenure = contender.tenure { workload.tenures.end(tenure, at: now) }
            if contender.ownership == .place {
                workload.leases.givenUp(contender.leaseNumber, at: now)
            }
            let release = Request(.release(contender.contestName, .token(token)))
            ask(release, state: .releasing, at: place, for: client, member: member)
        case 3, 4: writeGuarded(place, for: client, member: member)
        case 5 where contender.contestName.kind == .election:
            let value = KeySpaces.encode(workload.nextShortValue(of: client))
            let name = contender.contestName.name
            let proclaim = Request(.proclaim(election: name, token: token, value: value))
            ask(proclaim, state: .proclaiming, at: place, for: client, member: member)
        default:
            ask(
                Request(.keepAlive([lease])),
                state: .keepingHold,
                at: place,
                for: client,
                member: member
            )
        }
    }

    private func writeGuarded(_ place: Int, for client: Int, member: SimulatedMember) {
        let contender = workload.contenders[place]
        guard let token = contender.token else {
            workload.contenders[place].state = .idle
            return rest(client)
        }
        let value = workload.nextValue(of: client)
        workload.guards[value] = Workload.Guard(contest: contender.contest, token: token.rawValue)
        let put = Put(
            key: KeySpaces.guarded(contender.contest),
            value: KeySpaces.encode(value),
            lease: .none,
            condition: .none
        )
        let fence = Fence(lock: contender.contestName.name, token: token)
        if case .late = contender.state { workload.contenders[place].token = nil }
        ask(
            Request(.put(put), fences: [fence]),
            state: .writing,
            at: place,
            for: client,
            member: member
        )
    }
}
