internal import Bytes
internal import Keyspace
internal import Replica

/// A client that contends for locks and leadership, alone or with others, with a lease of its own or
/// of the place's, waits or does not, and gives up properly or just falls silent.
final class LockUser: ClientRole {
    enum State: Sendable {
        case idle
        case leasing
        case asking
        /// It is in the queue until its host says that the lock is granted.
        case waiting
        case keepingPlace
        case abandoning
        case holding
        case keepingHold
        case writing
        case proclaiming
        case releasing
        /// It has the store guard what is written in the lock's name.
        case guarding
        /// It writes there in nobody's name.
        case trespassing
        /// It has somebody chosen who is to lead next.
        case handingOver
        /// It believes nothing any more, but still has the token, and writes with it once.
        case late
    }

    enum Ownership: Sendable {
        case own
        case place
    }

    let client: SimulatedClient
    /// Among those of its kind.
    let place: Int
    var state = State.idle
    var contest = 0
    var mode = LockRequest.Mode.exclusive
    var ownership = Ownership.place
    var timeToLiveMilliseconds: UInt64 = 1_000
    /// The caller's, or the place's; nil while there is none.
    var lease: LeaseID?
    /// The lease's number in the history.
    var leaseNumber = 0
    var token: FencingToken?
    /// How many may hold what it holds at a time, 0 for any number.
    var permitCount = 0
    /// The number in the history of the last ownership that it could prove.
    var tenure: Int?
    /// When it first asked for the place.
    var asked = MonotonicTime(rawValue: 0)
    /// When the request under way was sent.
    var sent = MonotonicTime(rawValue: 0)
    /// Who was asked for the place, last. Only it tells of the grant, out of a store that has
    /// applied the question: another member may lag so far that it shows an older grant of
    /// the same lease.
    var host: HostProcess?
    /// How often nothing was heard of a request for a place under this lease: each may be granted
    /// yet, after what is answered later.
    var unansweredCount = 0
    /// When it loses patience in the queue.
    var patienceEnds = MonotonicTime(rawValue: 0)
    var hasWaited = false
    /// Of a candidate, as of its last request for a place.
    private var priority: Int32 = 0
    /// Until when a leader leads at most that hands over, as it may rely on it; nil where none does.
    var handOverEnd: MonotonicTime?
    /// Names the last request for a place in history: no other has it.
    var owner: UInt64 = 0

    var contestName: Contest { Contests.all[contest] }

    init(_ client: SimulatedClient, place: Int) {
        self.client = client
        self.place = place
    }

    func act() {
        guard let member = client.reachableMember() else { return client.tryAgain() }
        switch state {
        case .idle: enter(at: member)
        case .waiting: wait(at: member)
        case .holding: useHold(at: member)
        case .late: writeGuarded(at: member)
        case .leasing, .asking, .keepingPlace, .abandoning, .keepingHold, .writing, .proclaiming,
            .releasing, .guarding, .trespassing, .handingOver:
            break
        }
    }

    func ask(
        _ request: Request,
        state: State,
        member: SimulatedMember
    ) {
        self.state = state
        sent = world.now
        client.propose(request, to: member)
    }

    private func enter(at member: SimulatedMember) {
        let contest = world.pick(Contests.all.count)
        let isLock = Contests.all[contest].kind == .lock
        self.contest = contest
        if isLock, world.pick(12) == 0, Contests.knowsTerms(member) { return trespass(at: member) }
        mode = isLock && world.pick(3) == 0 ? .shared : .exclusive
        token = nil
        tenure = nil
        hasWaited = false
        handOverEnd = nil
        priority = [0, 0, 1, 2].pick(&world.chance)
        if world.pick(2) == 0 {
            ownership = .place
            timeToLiveMilliseconds = world.random(1_000...2_000)
            acquire(at: member, asked: world.now)
        } else if ownership == .own, lease != nil {
            acquire(at: member, asked: world.now)
        } else {
            let milliseconds = world.random(1_000...3_000)
            ownership = .own
            timeToLiveMilliseconds = milliseconds
            let grant = Request(.grantLease(nil, timeToLiveMilliseconds: milliseconds))
            ask(grant, state: .leasing, member: member)
        }
    }

    /// Where the store guards what is written in the lock's name, a transaction has to be refused.
    private func trespass(at member: SimulatedMember) {
        let key = KeySpaces.guarded(contest)
        guard history.guardedContests.contains(contest) else {
            let guarded = Command.changeGuard(.put(key, lock: contestName.name))
            return ask(Request(guarded), state: .guarding, member: member)
        }
        let put = Transaction.PutOperation(
            key: key,
            value: .bytes(KeySpaces.encode(client.nextValue())),
            lease: .none,
            returnsPrevious: false
        )
        let nested = Transaction(compares: [], then: [.put(put)], otherwise: [])
        let whole = Transaction(compares: [], then: [.transaction(nested)], otherwise: [])
        ask(Request(.transaction(whole)), state: .trespassing, member: member)
    }

    func acquire(at member: SimulatedMember, asked: MonotonicTime) {
        self.asked = asked
        let milliseconds = timeToLiveMilliseconds
        let lease = ownership == .own ? self.lease : nil
        let owner = client.nextShortValue()
        self.owner = owner
        let value = KeySpaces.encode(owner)
        let acquisition = LockRequest(
            contest: contestName,
            mode: mode,
            ownership: lease.map { .lease($0) } ?? .own(timeToLiveMilliseconds: milliseconds),
            patience: asked == world.now && world.pick(3) == 0 ? .refuseWhenHeld : .queue,
            owner: value,
            value: value,
            terms: Contests.terms(contest, mode: mode, priority: priority, at: member)
        )
        host = HostProcess(member)
        ask(Request(.acquire(acquisition)), state: .asking, member: member)
    }

    /// It is in the queue: it keeps the place alive, or leaves it. Under a lease of its own it asks for the
    /// same place elsewhere when the host is gone, and now and then anyhow, for a host may hang;
    /// under the place's, place and host are one.
    private func wait(at member: SimulatedMember) {
        guard let lease else { return client.rest() }
        switch (host?.find(in: members), ownership) {
        case (nil, .place):
            forgetLease()
            return client.rest()
        case (nil, .own): return acquire(at: member, asked: asked)
        case (.some, .own) where world.pick(8) == 0:
            return acquire(at: member, asked: asked)
        case (.some, _): break
        }
        if world.now >= patienceEnds {
            let extent: Abandonment = world.pick(2) == 0 ? .queuedOnly : .heldToo
            let abandon = Request(.abandon(contestName, lease: lease, extent))
            ask(abandon, state: .abandoning, member: member)
        } else {
            ask(
                Request(.keepAlive([lease])),
                state: .keepingPlace,
                member: member
            )
        }
    }

    private func useHold(at member: SimulatedMember) {
        guard let lease, let token else {
            state = .idle
            return client.rest()
        }
        if contestName.kind == .election, handOverEnd == nil, wantsToHandOver(at: member) {
            return handOver(token, at: member)
        }
        switch handOverEnd == nil ? world.pick(8) : world.pick(3) {
        case 0:
            // Silence: the lease ends by itself. Afterwards the token is good for nothing.
            state = .late
            let milliseconds = timeToLiveMilliseconds + world.random(0...2_000)
            client.wake(after: milliseconds * 1_000)
        case 1, 2:
            if let tenure { history.tenures.end(tenure, at: world.now) }
            if ownership == .place {
                history.leases.givenUp(leaseNumber, at: world.now)
            }
            let release = Request(.release(contestName, .token(token)))
            ask(release, state: .releasing, member: member)
        case 3, 4: writeGuarded(at: member)
        case 5 where contestName.kind == .election:
            let value = KeySpaces.encode(client.nextShortValue())
            let name = contestName.name
            let proclaim = Request(.proclaim(election: name, token: token, value: value))
            ask(proclaim, state: .proclaiming, member: member)
        default:
            ask(
                Request(.keepAlive([lease])),
                state: .keepingHold,
                member: member
            )
        }
    }

    private func wantsToHandOver(at member: SimulatedMember) -> Bool {
        guard Contests.knowsTerms(member) else { return false }
        guard member.replica?.keyspace.isAskedToHandOver(contestName) ?? false else {
            return world.pick(12) == 0
        }
        client.count(.handOverAsked)
        return world.pick(2) == 0
    }

    /// The successor leads when this one resigns, or the time is up: it may be from now on.
    private func handOver(_ token: FencingToken, at member: SimulatedMember) {
        let milliseconds = world.random(0...2_000)
        let end = world.now.advanced(
            byNanoseconds: client.reliableNanoseconds(timeToLiveMilliseconds: milliseconds)
        )
        handOverEnd = end
        if let tenure { history.tenures.end(tenure, at: end) }
        // The lease of a place ends with its hold.
        if ownership == .place { history.leases.givenUp(leaseNumber, at: world.now) }
        let command = Command.handOver(
            election: contestName.name,
            token: token,
            to: nil,
            withinMilliseconds: milliseconds
        )
        ask(Request(command), state: .handingOver, member: member)
    }

    private func writeGuarded(at member: SimulatedMember) {
        guard let token else {
            state = .idle
            return client.rest()
        }
        let value = client.nextValue()
        history.guards[value] = ClientHistory.Guard(contest: contest, token: token.rawValue)
        let put = Put(
            key: KeySpaces.guarded(contest),
            value: KeySpaces.encode(value),
            lease: .none,
            condition: .none
        )
        let fence = Fence(lock: contestName.name, token: token)
        if case .late = state { self.token = nil }
        ask(
            Request(.put(put), fences: [fence]),
            state: .writing,
            member: member
        )
    }
}
