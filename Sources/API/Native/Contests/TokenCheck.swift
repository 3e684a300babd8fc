internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/locks/NAME/verify?token=T`: whether the token holds the lock, for what lies outside and
/// cannot be fenced by the store. With `at_least` any member answers, as soon as it has that
/// revision, without asking the others.
struct TokenCheck {
    let contest: Contest
    private let token: FencingToken
    let freshness: Freshness

    init(
        _ contest: Contest,
        parameters: inout Parameters,
        options: CallOptions
    ) throws(Problem) {
        self.contest = contest
        guard let token = try parameters.token() else {
            throw .parameter("token", fault: "is missing")
        }
        self.token = token
        freshness = try Freshness(atLeastOf: &parameters, options: options)
    }

    func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let step = try freshness.firstStep(keyspace.store, now: now) { return step }
        return try look(keyspace)
    }

    func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        if let step = try freshness.step(after: resumption, store: keyspace.store, now: now) {
            return step
        }
        return try look(keyspace)
    }

    private func look(_ keyspace: Keyspace) throws(Problem) -> NativeStep {
        guard let grant = keyspace.holder(of: contest, token: token) else {
            throw Problem(.notHolder(contest, holders: keyspace.holders(of: contest)))
        }
        var json = JSONWriter()
        json.lock(grant)
        return .respond(.json(json))
    }
}
