internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `POST /v1/locks/NAME` and `…/campaign`: a session for a place, answered in HTTP.
struct PlaceCall {
    let contest: Contest
    private let ownership: LockRequest.Ownership
    private let request: Request
    private var session: PlaceSession

    init(
        _ candidacy: LockRequestForm,
        request: HTTPRequest,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        contest = candidacy.contest
        ownership = candidacy.ownership
        self.request = try WritePreconditions(request).request(candidacy.command)
        session = PlaceSession(
            candidacy.acquisition,
            request: self.request,
            waitEnd: now.advanced(byMilliseconds: candidacy.waitMilliseconds),
            timeoutMilliseconds: options.timeoutMilliseconds
        )
    }

    func start(level: FeatureLevel) throws(Problem) -> NativeStep {
        try request.expectKnown(at: level)
        return try carryOut(session.start())
    }

    /// The lease that the member keeps alive while the place waits.
    func lease(keptBy caller: Caller) -> KeptLease? {
        session.keptLease.flatMap { ownership.kept($0, by: caller) }
    }

    /// A grant that its client never got is to be given back, unless an idempotency key can fetch
    /// it again.
    var delivery: Delivery {
        session.isReturnedUnlessDelivered ? .required : .indifferent
    }

    /// When the answer to the end of a wait has to be there.
    var answerDeadline: MonotonicTime? { session.answerDeadline }

    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .answered(let answer):
            try carryOut(session.answered(answer, in: keyspace, now: now))
        case .unproposed(let failure): try carryOut(session.failed(failure, in: keyspace))
        case .disconnected: try carryOut(session.disconnected())
        default: try carryOut(session.look(keyspace, now: now))
        }
    }

    private func carryOut(_ step: PlaceSession.Step) throws(Problem) -> NativeStep {
        switch step {
        case .propose(let request): .propose(request)
        case .wait(let lease, let end):
            .wait(Wake(deadline: end, place: Wake.Place(of: lease, in: contest)))
        case .goOn: .goOn
        case .tell(let ending): .respond(try response(ending))
        case .finish: .finish
        }
    }

    private func response(_ ending: PlaceSession.Ending) throws(Problem) -> HTTPResponse {
        switch ending {
        case .won(let grant, let source): return won(grant, source: source)
        case .timedOut(let holders, let position):
            throw Problem(
                .waitTimeout,
                "The wait for \(contest.kind.name) \(text(contest.name)) ran out; the place is given up.",
                .holders(holders),
                .position(position)
            )
        case .givenUp(let holders, let position):
            throw Problem(
                .waitTimeout,
                "Another request of the same lease gave up the place in \(text(contest.name)), by the end of its own wait or by a release. The lease lives; ask again.",
                .holders(holders),
                .position(position)
            )
        case .refused(.notFound(.lease), let source) where contest.kind == .election:
            throw Problem.leaseEnded(contest).noting(source)
        case .refused(let refusal, let source): throw Problem(refusal).noting(source)
        case .leaseEnded where contest.kind == .election: throw .leaseEnded(contest)
        case .leaseEnded:
            throw .notFound(
                "lease",
                detail:
                    "The lease of the place in \(text(contest.name)) has ended, and the place with it."
            )
        case .unanswered(let failure, let fate, lease: nil): throw Problem(failure, fate: fate)
        case .unanswered(let failure, let fate, let lease?):
            throw Problem(failure, fate: fate, waitingIn: contest, under: lease)
        }
    }

    private func won(_ grant: Grant, source: Answer.Source) -> HTTPResponse {
        var json = JSONWriter()
        switch contest.kind {
        case .lock: json.lock(grant)
        case .election: json.leader(grant)
        }
        var response = HTTPResponse.json(json)
        response.note(source)
        return response
    }
}

extension JSONWriter {
    /// A lock as its new holder sees it.
    mutating func lock(_ grant: Grant) {
        beginObject()
        member("name", string: grant.contest.name)
        member("token", number: grant.token.rawValue)
        member("lease", string: grant.lease.text)
        text("owner", bytes: grant.owner)
        description(since: grant.since, info: grant.info)
        member("shared", bool: grant.mode == .shared)
        terms(of: grant)
        member("remaining", milliseconds: grant.remainingMilliseconds)
        endObject()
    }

    /// An election's leader.
    ///
    /// - Parameter isAsked: whether a candidate of higher priority asks it to hand over.
    mutating func leader(_ grant: Grant, isAsked: Bool = false) {
        beginObject()
        member("name", string: grant.contest.name)
        member("token", number: grant.token.rawValue)
        member("lease", string: grant.lease.text)
        text("owner", bytes: grant.owner)
        description(since: grant.since, info: grant.info)
        value(grant.value)
        terms(of: grant)
        if isAsked { member("handover_asked", bool: true) }
        member("remaining", milliseconds: grant.remainingMilliseconds)
        endObject()
    }
}
