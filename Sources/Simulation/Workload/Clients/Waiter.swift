internal import Bytes
internal import Keyspace
internal import Replica

/// Somebody who asks one member for a lock or leadership and leaves the waiting to it, as a client
/// of HTTP does: the member's session asks, keeps the place alive, gives it up, and answers once.
struct Waiter: Sendable {
    /// What is done with the answer, or for one.
    enum State: Sendable {
        case idle
        /// The session works; it lives in its member's process.
        case waiting(PlaceSession)
        /// It was granted, and is given back after a while.
        case holding(Grant)
        case releasing
    }

    var state = State.idle
    var contest = 0
    /// Names the request in history: no other has it.
    var owner: UInt64 = 0
    var ownership = LockRequest.Ownership.own(timeToLiveMilliseconds: 1_000)
    var request = Request(.keepAlive([]))
    var waitMilliseconds: UInt64 = 0
    var timeoutMilliseconds: UInt64 = 0
    var host: LockUser.Host?
    /// Whether a move of its own is to come.
    var isAwaited = false

    /// As its member's shell does for a lease that is the place's own.
    var keepaliveMilliseconds: UInt64 {
        if case .own(let milliseconds) = ownership { milliseconds / 3 } else { .max }
    }
}

extension SimulatedCluster {
    func actWaiter(_ place: Int, for client: Int) {
        workload.waiters[place].isAwaited = false
        switch workload.waiters[place].state {
        case .idle:
            guard let member = reachableMember() else { return pause(place, for: client) }
            ask(place, for: client, member: member)
        case .waiting(let session): goOn(session, at: place, for: client)
        case .holding(let grant):
            guard let member = reachableMember() else { return pause(place, for: client) }
            workload.waiters[place].state = .releasing
            let release = Request(.release(grant.contest, .token(grant.token)))
            propose(release, from: client, to: member)
        case .releasing: break
        }
    }

    /// A new request for a place.
    private func ask(_ place: Int, for client: Int, member: SimulatedMember) {
        let contest = pick(Workload.contests.count)
        let isLock = Workload.contests[contest].kind == .lock
        let owner = workload.nextShortValue(of: client)
        let value = KeySpaces.encode(owner)
        let ownership = LockRequest.Ownership.own(timeToLiveMilliseconds: random(1_000...2_000))
        let acquisition = LockRequest(
            contest: Workload.contests[contest],
            mode: isLock && pick(3) == 0 ? .shared : .exclusive,
            ownership: ownership,
            patience: .queue,
            owner: value,
            value: value
        )
        let stamp = IdempotencyStamp(key: value, fingerprint: value)
        workload.waiters[place].contest = contest
        workload.waiters[place].owner = owner
        workload.waiters[place].ownership = ownership
        workload.waiters[place].request = Request(
            .acquire(acquisition),
            idempotency: pick(4) == 0 ? stamp : nil
        )
        workload.waiters[place].waitMilliseconds = random(100...4_000)
        workload.waiters[place].timeoutMilliseconds = random(200...1_500)
        send(acquisition, at: place, for: client, member: member)
    }

    private func send(
        _ acquisition: LockRequest,
        at place: Int,
        for client: Int,
        member: SimulatedMember
    ) {
        let waiter = workload.waiters[place]
        workload.waiters[place].host = LockUser.Host(member)
        let session = PlaceSession(
            acquisition,
            request: waiter.request,
            waitEnd: member.clock.reading(at: now)
                .advanced(byMilliseconds: waiter.waitMilliseconds),
            timeoutMilliseconds: waiter.timeoutMilliseconds
        )
        carryOut(session.start(), session: session, at: place, for: client, host: member)
    }

    /// The session's process, while it lives.
    private func hostProcess(ofWaiter place: Int) -> SimulatedMember? {
        guard let host = workload.waiters[place].host else { return nil }
        let member = members[host.member]
        return host.isProcess(of: member) && member.state != .down ? member : nil
    }

    /// Time passed: the place is kept alive and looked at, or the client loses its connection.
    private func goOn(_ session: PlaceSession, at place: Int, for client: Int) {
        guard let host = hostProcess(ofWaiter: place) else { return leave(place, for: client) }
        guard host.state == .running, let keyspace = host.replica?.keyspace else {
            return pause(place, for: client)
        }
        var session = session
        if let lease = session.keptLease {
            deliver(
                .propose(host.makeTicket(), Request(.keepAlive([lease]))),
                to: host,
                life: host.life
            )
        }
        let step =
            pick(16) == 0
            ? session.disconnected()
            : session.look(keyspace, now: host.clock.reading(at: now))
        carryOut(step, session: session, at: place, for: client, host: host)
    }

    /// What became of a request: of the session's, or of the release.
    func hearWaiter(_ place: Int, for client: Int, tidings: Tidings) {
        guard case .waiting(var session) = workload.waiters[place].state else {
            if case .answered = tidings { count(.released) }
            return leave(place, for: client)
        }
        guard let host = hostProcess(ofWaiter: place), let keyspace = host.replica?.keyspace else {
            return leave(place, for: client)
        }
        let step =
            switch tidings {
            case .answered(let answer):
                session.answered(answer, in: keyspace, now: host.clock.reading(at: now))
            case .denied: session.failed(.notApplied(.noLeader), in: keyspace)
            case .unknown, .readable: session.failed(.unknown, in: keyspace)
            }
        carryOut(step, session: session, at: place, for: client, host: host)
    }

    /// Does what the session asks for, as its member's shell does.
    private func carryOut(
        _ step: PlaceSession.Step,
        session: PlaceSession,
        at place: Int,
        for client: Int,
        host: SimulatedMember
    ) {
        workload.waiters[place].state = .waiting(session)
        let reading = host.clock.reading(at: now)
        switch step {
        case .propose(let request):
            let timeout = workload.waiters[place].timeoutMilliseconds * 1_000_000
            let patience = session.answerDeadline?.nanoseconds(since: reading) ?? timeout
            let ticket = host.makeTicket(for: client)
            deliver(.propose(ticket, request), to: host, life: host.life)
            schedule(
                .patience(member: host.number, life: host.life, ticket),
                after: host.clock.wait(nanoseconds: patience) / 1_000
            )
        case .wait(let end):
            let wait = host.clock.wait(nanoseconds: end.nanoseconds(since: reading)) / 1_000 + 1
            let keepalive = workload.waiters[place].keepaliveMilliseconds
            awake(place, for: client, after: min(wait, keepalive * 1_000))
        case .goOn: break
        case .tell(let ending): hear(ending, session: session, at: place, for: client, host: host)
        case .finish: leave(place, for: client)
        }
    }

    /// The one answer.
    private func hear(
        _ ending: PlaceSession.Ending,
        session: PlaceSession,
        at place: Int,
        for client: Int,
        host: SimulatedMember
    ) {
        let waiter = workload.waiters[place]
        tell(nil, "waiter \(place), owner \(waiter.owner), is told: \(ending)")
        switch ending {
        case .won(let grant, _):
            noteServed(client)
            count(.grantedToWaiter)
            var session = session
            if pick(8) == 0, session.isReturnedUnlessDelivered {
                return carryOut(
                    session.disconnected(),
                    session: session,
                    at: place,
                    for: client,
                    host: host
                )
            }
            workload.waiters[place].state = .holding(grant)
            // Not all give back what they got: the lease ends by itself.
            return pick(8) == 0
                ? leave(place, for: client) : awake(place, for: client, after: random(...400_000))
        case .timedOut:
            noteServed(client)
            count(.waitRanOut)
            let revision = host.replica?.keyspace.store.revision.rawValue ?? 0
            workload.places.calledGivenUp(waiter.owner, at: revision)
        case .refused, .leaseEnded: noteServed(client)
        case .unanswered(_, let fate, let lease):
            if fate.application == .certainlyNot { workload.places.calledNotApplied(waiter.owner) }
            if lease != nil { count(.placeInDoubt) }
            if waiter.request.idempotency != nil, pick(2) == 0, let member = reachableMember(),
                case .acquire(let acquisition) = waiter.request.command
            {
                count(.retry)
                return send(acquisition, at: place, for: client, member: member)
            }
        }
        leave(place, for: client)
    }

    private func leave(_ place: Int, for client: Int) {
        workload.waiters[place].state = .idle
        workload.waiters[place].host = nil
        awake(place, for: client, after: random(500...2_000 * workload.mix.thinkMilliseconds))
    }

    private func pause(_ place: Int, for client: Int) {
        awake(place, for: client, after: random(1_000...20_000))
    }

    /// One move at a time is to come; one that comes too soon finds nothing to do.
    private func awake(_ place: Int, for client: Int, after microseconds: UInt64) {
        guard !workload.waiters[place].isAwaited else { return }
        workload.waiters[place].isAwaited = true
        schedule(.client(client), after: microseconds)
    }

    /// Whoever waits for the contest at that member looks again.
    func wakeWaiters(of contest: Contest?, at member: SimulatedMember) {
        for place in workload.waiters.indices {
            let waiter = workload.waiters[place]
            guard case .waiting(var session) = waiter.state, session.keptLease != nil,
                contest == nil || contest == Workload.contests[waiter.contest],
                waiter.host?.isProcess(of: member) == true, member.state == .running,
                let keyspace = member.replica?.keyspace
            else { continue }
            let step = session.look(keyspace, now: member.clock.reading(at: now))
            carryOut(
                step,
                session: session,
                at: place,
                for: workload.client(ofWaiter: place),
                host: member
            )
        }
    }
}
