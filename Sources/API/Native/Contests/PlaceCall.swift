internal import Bytes
internal import Keyspace
internal import Wire

/// `POST /v1/locks/NAME` and `…/campaign`: asks for a place, waits in it, answers won or not.
///
/// Under a lease of the place's own the place is given up when the client goes; under the caller's
/// it stays, and asking again finds it. The end of a wait is a command as well, so that "won" and
/// "gone" have one order.
struct PlaceCall {
    private enum State {
        /// The acquisition is proposed.
        case asking
        case waiting(LeaseID)
        /// The end of the wait, or of the client, is proposed.
        case leaving(LeaseID)
        /// Answered with a grant that its client has to receive.
        case won(LeaseID)
        case over
    }

    private enum Client {
        case present
        case gone
    }

    private let contest: Contest
    private let ownership: Acquisition.Ownership
    private let request: Request
    private let waitEnd: MonotonicTime
    private var state = State.asking
    private var client = Client.present
    private var source = Answer.Source.applied

    init(
        _ candidacy: Candidacy,
        _ request: HTTPRequest,
        now: MonotonicTime
    ) throws(Problem) {
        contest = candidacy.contest
        ownership = candidacy.ownership
        waitEnd = now.advanced(byMilliseconds: candidacy.waitMilliseconds)
        self.request = try Guards(request).request(candidacy.command)
    }

    func start() -> Step { .propose(request) }

    /// The lease that the member keeps alive while the place waits.
    var keepsAlive: KeptLease? {
        switch state {
        case .waiting(let lease), .leaving(let lease): ownership.kept(lease)
        case .asking, .won, .over: nil
        }
    }

    /// A grant that its client never got is to be given back, unless an idempotency key can fetch
    /// it again.
    var delivery: Exchange.Delivery {
        if case .won = state { .required } else { .indifferent }
    }

    mutating func resume(
        _ resumption: Resumption,
        _ keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> Step {
        switch resumption {
        case .answered(let answer):
            if case .asking = state { source = answer.source }
            return try take(answer.outcome, keyspace, now: now)
        case .unproposed(let failure):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(failure)
        case .disconnected: return disconnect()
        default: return try look(keyspace, now: now)
        }
    }

    private mutating func take(
        _ outcome: Outcome,
        _ keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> Step {
        switch outcome {
        case .granted(let grant): return won(current(grant, keyspace))
        case .queued(let place):
            state = .waiting(place.lease)
            return client == .gone ? leave(place.lease) : try look(keyspace, now: now)
        case .abandoned(let place):
            state = .over
            guard client == .present else { return .finish }
            throw timeout(place.holders, place.position)
        case .refused(.notFound(.lock)), .refused(.notFound(.election)):
            state = .over
            guard client == .present else { return .finish }
            let holders = keyspace.holders(of: contest)
            throw timeout(
                holders,
                UInt64(keyspace.waiters(of: contest, countMax: 0).count) + 1
            )
        case .refused(let refusal):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(refusal).noting(source)
        default:
            state = .over
            return .finish
        }
    }

    /// Whether the place has become a grant, or the wait is over.
    private mutating func look(
        _ keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> Step {
        guard case .waiting(let lease) = state else { return .goOn }
        switch keyspace.standing(of: lease, in: contest) {
        case .holding(let grant): return won(grant)
        case .waiting:
            guard now < waitEnd else { return leave(lease) }
            return .wait(Wake(deadline: waitEnd, contest: contest))
        case .none:
            state = .over
            throw .notFound(
                "lease",
                "The lease of the place in \(text(contest.name)) has ended, and the place with it."
            )
        }
    }

    /// A grant out of an earlier answer, with what is left of it now.
    private func current(_ grant: Grant, _ keyspace: Keyspace) -> Grant {
        if source == .replayed,
            case .holding(let now) = keyspace.standing(of: grant.lease, in: contest),
            now.token == grant.token
        {
            return now
        }
        return grant
    }

    private mutating func won(_ grant: Grant) -> Step {
        guard client == .present else { return giveBack(grant.lease) }
        state = isReleasedUnlessDelivered ? .won(grant.lease) : .over
        var json = JSONWriter()
        switch contest.kind {
        case .lock: json.lock(grant)
        case .election: json.leader(grant)
        }
        var response = HTTPResponse.json(json)
        response.note(source)
        return .respond(response)
    }

    private func timeout(_ holders: [Grant], _ position: UInt64) -> Problem {
        Problem(
            .waitTimeout,
            "The wait for \(contest.kind.name) \(text(contest.name)) ran out; the place is given up.",
            .holders(holders),
            .position(position)
        )
    }

    // MARK: - Leaving

    private var isReleasedUnlessDelivered: Bool {
        guard case .own = ownership else { return false }
        return request.idempotency == nil
    }

    private mutating func disconnect() -> Step {
        client = .gone
        switch state {
        case .asking, .leaving: return .goOn
        case .waiting(let lease): return leave(lease)
        case .won(let lease): return giveBack(lease)
        case .over: return .finish
        }
    }

    /// Leaves the queue at the wait's or the client's end.
    private mutating func leave(_ lease: LeaseID) -> Step {
        if client == .gone, case .lease = ownership {
            state = .over
            return .finish
        }
        state = .leaving(lease)
        let giveUp: Abandonment =
            client == .gone && isReleasedUnlessDelivered ? .heldToo : .queuedOnly
        return .propose(Request(.abandon(contest, lease: lease, giveUp)))
    }

    /// Gives back a grant whose client is gone.
    private mutating func giveBack(_ lease: LeaseID) -> Step {
        guard isReleasedUnlessDelivered else {
            state = .over
            return .finish
        }
        state = .leaving(lease)
        return .propose(Request(.abandon(contest, lease: lease, .heldToo)))
    }
}

extension JSONWriter {
    /// A lock as its new holder sees it.
    mutating func lock(_ grant: Grant) {
        beginObject()
        member("name", grant.contest.name)
        member("token", number: grant.token.rawValue)
        member("lease", grant.lease.text)
        text("owner", grant.owner)
        member("shared", bool: grant.mode == .shared)
        member("remaining", milliseconds: grant.remainingMilliseconds)
        endObject()
    }

    /// An election's leader.
    mutating func leader(_ grant: Grant) {
        beginObject()
        member("name", grant.contest.name)
        member("token", number: grant.token.rawValue)
        member("lease", grant.lease.text)
        text("owner", grant.owner)
        value(grant.value)
        member("remaining", milliseconds: grant.remainingMilliseconds)
        endObject()
    }
}
