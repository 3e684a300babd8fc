internal import Bytes
internal import Keyspace
internal import Replica

/// A client that asks one member for a lock or leadership and leaves the waiting to it, as a client
/// of HTTP does: the member's session asks, keeps the place alive, gives it up, and answers once.
final class Waiter: ClientRole {
    /// What is done with the answer, or for one.
    enum State: Sendable {
        case idle
        /// The session works; it lives in its member's process.
        case waiting(PlaceSession)
        /// It was granted, and is given back after a while.
        case holding(Grant)
        case releasing
    }

    let client: SimulatedClient
    /// Among those of its kind.
    private let place: Int
    private var state = State.idle
    private var contest = 0
    /// Names the request in history: no other has it.
    private var owner: UInt64 = 0
    private var ownership = LockRequest.Ownership.own(timeToLiveMilliseconds: 1_000)
    private var request = Request(.keepAlive([]))
    private var waitMilliseconds: UInt64 = 0
    private var timeoutMilliseconds: UInt64 = 0
    private var host: HostProcess?
    /// Whether a move of its own is to come.
    private var isAwaited = false

    /// As its member's shell does for a lease that is the place's own.
    private var keepaliveMilliseconds: UInt64 {
        if case .own(let milliseconds) = ownership { milliseconds / 3 } else { .max }
    }

    init(_ client: SimulatedClient, place: Int) {
        self.client = client
        self.place = place
    }

    func act() {
        isAwaited = false
        switch state {
        case .idle:
            guard let member = client.reachableMember() else { return pause() }
            ask(of: member)
        case .waiting(let session): goOn(session)
        case .holding(let grant):
            guard let member = client.reachableMember() else { return pause() }
            state = .releasing
            let release = Request(.release(grant.contest, .token(grant.token)))
            client.propose(release, to: member)
        case .releasing: break
        }
    }

    /// A new request for a place.
    private func ask(of member: SimulatedMember) {
        let contest = world.pick(Contests.all.count)
        let isLock = Contests.all[contest].kind == .lock
        let owner = client.nextShortValue()
        let value = KeySpaces.encode(owner)
        let mode: LockRequest.Mode = isLock && world.pick(3) == 0 ? .shared : .exclusive
        let ownership = LockRequest.Ownership.own(
            timeToLiveMilliseconds: world.random(1_000...2_000)
        )
        let acquisition = LockRequest(
            contest: Contests.all[contest],
            mode: mode,
            ownership: ownership,
            patience: .queue,
            owner: value,
            value: value,
            terms: Contests.terms(
                contest,
                mode: mode,
                priority: [0, 0, 1].pick(&world.chance),
                at: member
            )
        )
        let stamp = IdempotencyStamp(key: value, fingerprint: value)
        self.contest = contest
        self.owner = owner
        self.ownership = ownership
        request = Request(
            .acquire(acquisition),
            idempotency: world.pick(4) == 0 ? stamp : nil
        )
        waitMilliseconds = world.random(100...4_000)
        timeoutMilliseconds = world.random(200...1_500)
        send(acquisition, to: member)
    }

    private func send(_ acquisition: LockRequest, to member: SimulatedMember) {
        host = HostProcess(member)
        let session = PlaceSession(
            acquisition,
            request: request,
            waitEnd: member.clock.reading(at: world.now)
                .advanced(byMilliseconds: waitMilliseconds),
            timeoutMilliseconds: timeoutMilliseconds
        )
        carryOut(session.start(), session: session, host: member)
    }

    /// Time passed: the place is kept alive and looked at, or the client loses its connection.
    private func goOn(_ session: PlaceSession) {
        guard let host = host?.find(in: members) else { return leave() }
        guard host.state == .running, let keyspace = host.replica?.keyspace else {
            return pause()
        }
        var session = session
        if let lease = session.keptLease {
            members.deliver(
                .propose(
                    host.tickets.make(),
                    EncodedWrite(members.asked(Request(.keepAlive([lease]))))
                ),
                to: host
            )
        }
        let step =
            world.pick(16) == 0
            ? session.disconnected()
            : session.look(keyspace, now: host.clock.reading(at: world.now))
        carryOut(step, session: session, host: host)
    }

    /// What became of a request: of the session's, or of the release.
    func hear(_ result: RequestResult) {
        guard case .waiting(var session) = state else {
            if case .answered = result { client.count(.released) }
            return leave()
        }
        guard let host = host?.find(in: members), let keyspace = host.replica?.keyspace else {
            return leave()
        }
        let step =
            switch result {
            case .answered(let answer):
                session.answered(answer, in: keyspace, now: host.clock.reading(at: world.now))
            case .denied: session.failed(.notApplied(.noLeader), in: keyspace)
            case .unknown, .readable: session.failed(.unknown, in: keyspace)
            }
        carryOut(step, session: session, host: host)
    }

    /// Does what the session asks for, as its member's shell does.
    private func carryOut(
        _ step: PlaceSession.Step,
        session: PlaceSession,
        host: SimulatedMember
    ) {
        state = .waiting(session)
        let reading = host.clock.reading(at: world.now)
        switch step {
        case .propose(let request):
            let timeout = timeoutMilliseconds * 1_000_000
            let patience = session.answerDeadline?.nanoseconds(since: reading) ?? timeout
            let ticket = host.tickets.make(for: client.number)
            members.deliver(.propose(ticket, EncodedWrite(members.asked(request))), to: host)
            world.schedule(
                .patience(member: host.number, life: host.life, ticket),
                after: host.clock.wait(nanoseconds: patience) / 1_000
            )
        case .wait(_, let end):
            let wait = host.clock.wait(nanoseconds: end.nanoseconds(since: reading)) / 1_000 + 1
            let keepalive = keepaliveMilliseconds
            awake(after: min(wait, keepalive * 1_000))
        case .goOn: break
        case .tell(let ending): hear(ending, session: session, host: host)
        case .finish: leave()
        }
    }

    /// The one answer.
    private func hear(
        _ ending: PlaceSession.Ending,
        session: PlaceSession,
        host: SimulatedMember
    ) {
        world.tell("waiter \(place), owner \(owner), is told: \(ending)")
        switch ending {
        case .won(let grant, _):
            client.noteServed()
            client.count(.grantedToWaiter)
            judge(grant, of: host)
            var session = session
            if world.pick(8) == 0, session.isReturnedUnlessDelivered {
                return carryOut(
                    session.disconnected(),
                    session: session,
                    host: host
                )
            }
            state = .holding(grant)
            // Not all give back what they got: the lease ends by itself.
            return world.pick(8) == 0
                ? leave() : awake(after: world.random(...400_000))
        case .timedOut:
            client.noteServed()
            client.count(.waitRanOut)
            let revision = host.replica?.keyspace.store.revision.rawValue ?? 0
            history.places.calledGivenUp(owner, at: revision)
        case .refused, .givenUp, .leaseEnded: client.noteServed()
        case .unanswered(_, let fate, let lease):
            if fate.application == .certainlyNot { history.places.calledNotApplied(owner) }
            if lease != nil { client.count(.placeInDoubt) }
            if request.idempotency != nil, world.pick(2) == 0,
                let member = client.reachableMember(),
                case .acquire(let acquisition) = request.command
            {
                client.count(.retry)
                return send(acquisition, to: member)
            }
        }
        leave()
    }

    /// Who is told that it holds does so in the state out of which it is told.
    private func judge(_ grant: Grant, of host: SimulatedMember) {
        history.winnerCount += 1
        let standing = host.replica?.keyspace.standing(of: grant.lease, in: grant.contest)
        if case .holding(let held)? = standing, held.token == grant.token,
            KeySpaces.decode(held.owner) == owner
        {
            return
        }
        let token = grant.token.rawValue
        world.found(.client(.toldToHoldInVain(contest: contest, token: token)))
    }

    private func leave() {
        state = .idle
        host = nil
        awake(after: world.random(500...2_000 * client.mix.thinkMilliseconds))
    }

    private func pause() {
        awake(after: world.random(1_000...20_000))
    }

    /// One move at a time is to come; one that comes too soon finds nothing to do.
    private func awake(after microseconds: UInt64) {
        guard !isAwaited else { return }
        isAwaited = true
        client.wake(after: microseconds)
    }

    /// The member's store has changed so for a contest, or is another: if this client waits there
    /// for that, it looks again.
    func lookAgain(after event: ContestEvent?, on member: SimulatedMember) {
        guard case .waiting(var session) = state, let lease = session.keptLease,
            event?.decides(lease, in: Contests.all[contest]) ?? true,
            host?.isProcess(of: member) == true, member.state == .running,
            let keyspace = member.replica?.keyspace
        else { return }
        let step = session.look(keyspace, now: member.clock.reading(at: world.now))
        carryOut(step, session: session, host: member)
    }
}
