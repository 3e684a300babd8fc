internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `POST /v1/barriers/NAME/enter` and `…/leave`: one step of a party, and a wait for the others.
///
/// A party under the caller's lease stays when its client goes. One under a lease of its own goes with
/// its client while others are missing, and breaks the barrier where all had come and the client did
/// not hear of it, unless an idempotency key can fetch that again.
struct BarrierCall {
    private enum Purpose {
        case enter
        case leave
    }

    private enum State {
        case asking
        case waiting(BarrierGeneration, LeaseID)
        /// The end of the wait, or of the client, is proposed.
        case withdrawing(BarrierGeneration, LeaseID)
        /// Answered with a party that its client has to hear of.
        case given(BarrierGeneration, LeaseID)
        case over
    }

    private enum Client {
        case present
        case gone
    }

    /// The fields of the POST that enters.
    static let enterFields: [StaticString] = [
        "parties", "lease", "ttl", "wait", "owner", "generation",
    ]
    /// The fields of the POST that leaves.
    static let leaveFields: [StaticString] = ["lease", "wait", "generation", "withdraw"]

    private let barrier: BarrierName
    private let purpose: Purpose
    private let ownership: LockRequest.Ownership
    private let request: Request
    private let waitMilliseconds: UInt64
    private let waitEnd: MonotonicTime
    private let answerEnd: MonotonicTime
    private var state = State.asking
    private var client = Client.present
    private var source = Answer.Source.applied
    private var fate: RequestFate

    private init(
        _ barrier: BarrierName,
        purpose: Purpose,
        act: BarrierRequest.Act,
        ownership: LockRequest.Ownership,
        waitMilliseconds: UInt64,
        request: HTTPRequest,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        self.barrier = barrier
        self.purpose = purpose
        self.ownership = ownership
        self.request = try WritePreconditions(request).request(
            .barrier(BarrierRequest(barrier, act: act))
        )
        self.waitMilliseconds = waitMilliseconds
        waitEnd = now.advanced(byMilliseconds: waitMilliseconds)
        answerEnd = waitEnd.advanced(byMilliseconds: options.timeoutMilliseconds)
        fate = RequestFate(self.request)
    }

    init(
        entering barrier: BarrierName,
        request: HTTPRequest,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        let body = try Body(request, known: Self.enterFields, presence: .required)
        let entry = try BarrierEntry(body)
        try self.init(
            barrier,
            purpose: .enter,
            act: .enter(entry),
            ownership: entry.ownership,
            waitMilliseconds: try body.duration("wait")?.milliseconds ?? 0,
            request: request,
            options: options,
            now: now
        )
    }

    init(
        leaving barrier: BarrierName,
        request: HTTPRequest,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        let body = try Body(request, known: Self.leaveFields, presence: .required)
        guard let lease = try body.lease("lease") else {
            throw body.fault("lease", fault: "is missing: it is by which you have entered")
        }
        let generation = try body.whole("generation").map(BarrierGeneration.init(rawValue:))
        let withdraws = try body.bool("withdraw") == true
        try self.init(
            barrier,
            purpose: .leave,
            act: withdraws
                ? .withdraw(lease, from: generation, .unlessOpen) : .leave(lease, of: generation),
            ownership: .lease(lease),
            waitMilliseconds: try body.duration("wait")?.milliseconds ?? 0,
            request: request,
            options: options,
            now: now
        )
    }

    func start(level: FeatureLevel) throws(Problem) -> NativeStep {
        try request.expectKnown(at: level)
        return .propose(request)
    }

    /// The lease that the member keeps alive while the party waits.
    func lease(keptBy caller: Caller) -> KeptLease? {
        switch state {
        case .waiting(_, let lease), .withdrawing(_, let lease):
            client == .present ? ownership.kept(lease, by: caller) : nil
        case .asking, .given, .over: nil
        }
    }

    var delivery: Delivery {
        if case .given = state { .required } else { .indifferent }
    }

    /// When the client has to have its answer.
    var answerDeadline: MonotonicTime? {
        guard client == .present else { return nil }
        switch state {
        case .asking, .withdrawing: return answerEnd
        case .waiting, .given, .over: return nil
        }
    }

    /// Whether a party that its client does not know of is to go.
    private var goesUnheard: Bool {
        if case .own = ownership { request.idempotency == nil } else { false }
    }

    // MARK: Steps

    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch (state, resumption) {
        case (.asking, .answered(let answer)):
            fate.note(answer)
            source = answer.source
            return try take(answer.outcome, in: keyspace, now: now)
        case (.withdrawing, .answered(let answer)):
            fate.note(answer)
            return try take(answer.outcome, in: keyspace, now: now)
        case (.asking, .unproposed(let failure)), (.withdrawing, .unproposed(let failure)):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(failure, fate: fate)
        case (.asking, .disconnected), (.withdrawing, .disconnected):
            client = .gone
            return .goOn
        case (.waiting(let generation, let lease), .woken):
            return try look(at: generation, for: lease, in: keyspace, now: now)
        case (.waiting(let generation, let lease), .disconnected),
            (.given(let generation, let lease), .disconnected):
            client = .gone
            return depart(from: generation, for: lease)
        case (_, .disconnected):
            state = .over
            return .finish
        default: return .goOn
        }
    }

    private mutating func take(
        _ outcome: Outcome,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch outcome {
        case .barrier(.entered(let standing, let lease)):
            guard client == .present else { return depart(from: standing.generation, for: lease) }
            if purpose == .leave {
                state = .over
                return .respond(response(standing, phase: standing.phase.name))
            }
            if case .withdrawing = state { return entered(standing, under: lease, in: keyspace) }
            return try look(at: standing.generation, for: lease, in: keyspace, now: now)
        case .barrier(.left(let standing)):
            guard case .lease(let lease) = ownership, client == .present else { break }
            return try look(at: standing.generation, for: lease, in: keyspace, now: now)
        case .barrier(.withdrawn(let standing)):
            let isEnd = if case .withdrawing = state { true } else { false }
            state = .over
            guard client == .present else { return .finish }
            guard !isEnd else { throw timeout(standing) }
            return .respond(response(standing, phase: "withdrawn"))
        case .refused(let refusal):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(refusal).noting(source)
        default: break
        }
        state = .over
        return .finish
    }

    /// Answers when all have come, or have left; else waits, or ends the wait.
    private mutating func look(
        at generation: BarrierGeneration,
        for lease: LeaseID,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        guard let standing = keyspace.barrier(barrier, generation: generation) else {
            throw end(.notIn)
        }
        if let breach = standing.breach { throw end(.broken(generation, breach)) }
        switch purpose {
        case .enter:
            guard keyspace.isIn(lease, barrier: barrier, generation: generation) else {
                throw end(.notIn)
            }
            if standing.phase != .filling || waitMilliseconds == 0 {
                return entered(standing, under: lease, in: keyspace)
            }
        case .leave:
            if standing.phase == .left || waitMilliseconds == 0 {
                state = .over
                return .respond(response(standing, phase: standing.phase.name))
            }
        }
        guard now >= waitEnd else {
            state = .waiting(generation, lease)
            return .wait(Wake(deadline: waitEnd, turn: .barrier(generation)))
        }
        guard purpose == .enter else {
            state = .over
            throw timeout(standing)
        }
        return withdraw(from: generation, for: lease, extent: .unlessOpen)
    }

    private mutating func end(_ refusal: BarrierRefusal) -> Problem {
        state = .over
        return Problem(refusal, of: barrier).noting(source)
    }

    /// The client is gone.
    private mutating func depart(
        from generation: BarrierGeneration,
        for lease: LeaseID
    ) -> NativeStep {
        guard purpose == .enter, case .own = ownership else {
            state = .over
            return .finish
        }
        return withdraw(from: generation, for: lease, extent: goesUnheard ? .openToo : .unlessOpen)
    }

    private mutating func withdraw(
        from generation: BarrierGeneration,
        for lease: LeaseID,
        extent: BarrierRequest.Withdrawal
    ) -> NativeStep {
        // What was asked for twice on behalf of who is gone is not asked for a third time.
        if client == .gone, case .withdrawing = state, extent == .unlessOpen {
            state = .over
            return .finish
        }
        state = .withdrawing(generation, lease)
        let act = BarrierRequest.Act.withdraw(lease, from: generation, extent)
        return .propose(Request(.barrier(BarrierRequest(barrier, act: act))))
    }

    // MARK: Answers

    private mutating func entered(
        _ standing: BarrierStanding,
        under lease: LeaseID,
        in keyspace: Keyspace
    ) -> NativeStep {
        state = goesUnheard ? .given(standing.generation, lease) : .over
        let remaining = keyspace.lease(lease)?.remainingMilliseconds ?? 0
        return .respond(
            response(standing, phase: standing.phase.name) { json in
                json.member("lease", string: lease.text)
                json.member("remaining", milliseconds: remaining)
            }
        )
    }

    private func response(
        _ standing: BarrierStanding,
        phase: StaticString,
        more: (inout JSONWriter) -> Void = { _ in }
    ) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.member("name", string: barrier.bytes)
        json.members(of: standing, phase: phase)
        more(&json)
        json.endObject()
        var response = HTTPResponse.json(json)
        response.note(source)
        return response
    }

    private func timeout(_ standing: BarrierStanding) -> Problem {
        let name = text(barrier.bytes)
        let (entered, left) = (standing.enteredCount, standing.leftCount)
        let detail =
            switch purpose {
            case .enter:
                "The wait at barrier \(name) ran out: besides this party \(entered) of \(standing.partyCount) had entered. Its place is given up."
            case .leave:
                "The wait at barrier \(name) ran out: \(left) of \(entered) have left, this party too. Ask again to wait on."
            }
        return Problem(.waitTimeout, detail, .generation(standing.generation))
    }
}

extension BarrierEntry {
    fileprivate init(_ body: Body) throws(Problem) {
        guard let parties = try body.whole("parties") else {
            throw body.fault("parties", fault: "is missing: how many pass the barrier together")
        }
        guard let partyCount = UInt32(exactly: parties),
            (1...Self.partyCountMax).contains(partyCount)
        else { throw body.fault("parties", fault: "lies outside 1 to \(Self.partyCountMax)") }
        let timeToLive = try body.timeToLive("ttl")
        let generation = try body.whole("generation").map(BarrierGeneration.init(rawValue:))
        let ownership: LockRequest.Ownership
        if let lease = try body.lease("lease") {
            guard timeToLive == nil else {
                throw body.fault("ttl", fault: "excludes \"lease\": a lease has its own")
            }
            ownership = .lease(lease)
        } else {
            guard generation == nil else {
                throw body.fault("generation", fault: "wants \"lease\", by which you are known")
            }
            ownership = .own(
                timeToLiveMilliseconds: timeToLive
                    ?? LockRequestForm.timeToLiveMillisecondsDefault
            )
        }
        let owner = try body.string("owner") ?? []
        guard owner.count <= LockRequest.ownerByteCountMax else {
            throw body.fault(
                "owner",
                fault: "is longer than \(LockRequest.ownerByteCountMax) bytes"
            )
        }
        self.init(
            partyCount: partyCount,
            ownership: ownership,
            owner: owner,
            generation: generation
        )
    }
}
