internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// `POST /v1/queues/NAME/take`: asks for an item, and as long as there is none, again whenever one
/// comes that this call is woken for. An item that its client did not receive is given back.
struct TakeCall {
    private enum State {
        case asking
        case waiting
        /// Answered with an item that its client has to receive.
        case given(QueueToken)
        /// The item is given back; nobody waits for that.
        case returning
        case over
    }

    private enum Client {
        case present
        case gone
    }

    /// For how long an item is hidden unless told otherwise.
    static let visibleMillisecondsDefault: UInt64 = 30_000

    /// The fields of the POST.
    static let fields: [StaticString] = ["visible", "wait"]

    /// Whoever was woken for an item may be gone before it asks: so everybody looks this often.
    private static let lookMilliseconds: UInt64 = 2_000

    private let queue: QueueName
    private let request: Request
    private let waitEnd: MonotonicTime
    private let answerEnd: MonotonicTime
    private var state = State.asking
    private var client = Client.present
    private var fate: RequestFate

    init(
        _ name: [UInt8],
        request: HTTPRequest,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) {
        let body = try Body(request, known: Self.fields, presence: .optional)
        queue = QueueName(name)
        let visible = try body.timeToLive("visible") ?? Self.visibleMillisecondsDefault
        self.request = try WritePreconditions(request).request(
            .queue(QueueRequest(queue, act: .take(visibleMilliseconds: visible)))
        )
        waitEnd = now.advanced(byMilliseconds: try body.duration("wait")?.milliseconds ?? 0)
        answerEnd = waitEnd.advanced(byMilliseconds: options.timeoutMilliseconds)
        fate = RequestFate(self.request)
    }

    func start(level: FeatureLevel) throws(Problem) -> NativeStep {
        try request.expectKnown(at: level)
        return .propose(request)
    }

    /// An item that its client never got is given back, unless an idempotency key can fetch it again.
    var delivery: Delivery {
        if case .given = state { .required } else { .indifferent }
    }

    /// When the client has to have its answer.
    var answerDeadline: MonotonicTime? {
        if case .asking = state, client == .present { answerEnd } else { nil }
    }

    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch (state, resumption) {
        case (.asking, .answered(let answer)):
            fate.note(answer)
            return try take(answer, in: keyspace, now: now)
        case (.asking, .unproposed(let failure)):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(failure, fate: fate)
        case (.asking, .disconnected):
            client = .gone
            return .goOn
        case (.waiting, .woken): return look(at: keyspace, now: now)
        case (.given(let token), .disconnected): return giveBack(token)
        case (.returning, .answered), (.returning, .unproposed), (_, .disconnected):
            state = .over
            return .finish
        default: return .goOn
        }
    }

    private mutating func take(
        _ answer: Answer,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch answer.outcome {
        case .queue(.taken(let delivery)):
            guard client == .present else { return giveBack(delivery.token) }
            state = request.idempotency == nil ? .given(delivery.token) : .over
            var response = HTTPResponse.json(JSONWriter(delivery, from: queue))
            response.note(answer.source)
            return .respond(response)
        case .queue(.empty):
            guard client == .present else { break }
            return look(at: keyspace, now: now)
        case .refused(let refusal):
            state = .over
            guard client == .present else { return .finish }
            throw Problem(refusal).noting(answer.source)
        default: break
        }
        state = .over
        return .finish
    }

    /// Asks again where there is something; else waits on, or says that there is nothing.
    private mutating func look(at keyspace: Keyspace, now: MonotonicTime) -> NativeStep {
        if keyspace.hasAvailable(queue) {
            state = .asking
            return .propose(request)
        }
        guard now < waitEnd else {
            state = .over
            return .respond(HTTPResponse(status: 204))
        }
        state = .waiting
        let next = now.advanced(byMilliseconds: Self.lookMilliseconds)
        return .wait(Wake(deadline: min(waitEnd, next), turn: .queue(queue)))
    }

    private mutating func giveBack(_ token: QueueToken) -> NativeStep {
        guard request.idempotency == nil else {
            state = .over
            return .finish
        }
        state = .returning
        return .propose(Request(.queue(QueueRequest(queue, act: .settle(token, .undelivered)))))
    }
}
