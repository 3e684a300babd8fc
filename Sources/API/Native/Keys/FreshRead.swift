internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// A read that looks at the store once that is as new as it has to be.
protocol FreshRead {
    var freshness: Freshness { get }

    /// Answers from the store, or waits on for what it asks of it; asked again when woken.
    func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep
}

extension FreshRead {
    /// The first step.
    func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let step = try freshness.firstStep(keyspace.store, now: now) { return step }
        return try look(at: keyspace, now: now)
    }

    /// The step after what the shell brought back.
    func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        if let step = try freshness.step(after: resumption, store: keyspace.store, now: now) {
            return step
        }
        return try look(at: keyspace, now: now)
    }
}

/// A fresh read that changes as it goes on, such as by what it has waited for.
protocol WaitingRead {
    var freshness: Freshness { get }

    /// Answers from the store, or waits on for what it asks of it; asked again when woken.
    mutating func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep
}

extension WaitingRead {
    /// The first step.
    mutating func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        if let step = try freshness.firstStep(keyspace.store, now: now) { return step }
        return try look(at: keyspace, now: now)
    }

    /// The step after what the shell brought back.
    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        if let step = try freshness.step(after: resumption, store: keyspace.store, now: now) {
            return step
        }
        return try look(at: keyspace, now: now)
    }
}

/// How new a read has to be.
struct Freshness {
    private let atLeast: Revision?
    /// Until when it waits for that.
    private let deadline: MonotonicTime
    /// Whether a round through the leader comes first.
    let isLinearizable: Bool

    /// The state of all that was acknowledged before.
    static let linearizable = Freshness(isLinearizable: true)

    private init(isLinearizable: Bool) {
        self.isLinearizable = isLinearizable
        atLeast = nil
        deadline = MonotonicTime(rawValue: 0)
    }

    /// Takes `at_least` alone, which stands for a member that has got so far, whatever the others
    /// have.
    init(atLeastOf parameters: inout Parameters, options: CallOptions) throws(Problem) {
        atLeast = try parameters.revision("at_least")
        isLinearizable = atLeast == nil
        deadline = options.deadline
    }

    /// Takes `consistency` and `at_least`.
    init(_ parameters: inout Parameters, options: CallOptions) throws(Problem) {
        let consistency = try parameters.text("consistency")
        if consistency == nil || consistency?.equals("linearizable") == true {
            isLinearizable = true
        } else if consistency?.equals("stale") == true {
            isLinearizable = false
        } else {
            throw .parameter("consistency", fault: "is neither linearizable nor stale")
        }
        atLeast = try parameters.revision("at_least")
        deadline = options.deadline
    }

    /// Whether the store may be looked at, after what the shell brought back or at the beginning.
    func isMet(by store: Store, after resumption: Resumption?) -> Bool {
        switch resumption {
        case nil where isLinearizable: false
        case nil, .readable, .woken: isNewEnough(store)
        default: false
        }
    }

    /// What comes before the first look; nil when the store is new enough.
    func firstStep(_ store: Store, now: MonotonicTime) throws(Problem) -> NativeStep? {
        if isLinearizable { return .read }
        return try wake(store, now: now).map { .wait($0) }
    }

    /// What comes before the next look, after what the shell brought back; nil when the store is
    /// new enough.
    func step(
        after resumption: Resumption,
        store: Store,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep? {
        switch resumption {
        case .unreadable: throw .unreadable
        case .disconnected: return .finish
        default: return try wake(store, now: now).map { .wait($0) }
        }
    }

    private func isNewEnough(_ store: Store) -> Bool {
        atLeast.map { $0 <= store.revision } ?? true
    }

    /// What to wait for before the store is new enough; nil when it is.
    private func wake(_ store: Store, now: MonotonicTime) throws(Problem) -> Wake? {
        guard let atLeast, !isNewEnough(store) else { return nil }
        guard now < deadline else {
            throw Problem(
                .unavailable,
                "This member did not reach revision \(atLeast.rawValue) within the timeout; it is at \(store.revision.rawValue).",
                .applied(.certainlyNot)
            )
        }
        return Wake(deadline: deadline, revision: atLeast)
    }
}
