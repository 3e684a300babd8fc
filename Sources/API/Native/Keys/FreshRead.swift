internal import Bytes
internal import Keyspace
internal import Replica
internal import Wire

/// A read that looks at the store once that is as new as it has to be.
protocol FreshRead {
    var freshness: Freshness { get }

    /// Answers from the store, or waits on for what it asks of it; asked again when woken.
    mutating func look(at keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep
}

extension FreshRead {
    /// The first step.
    mutating func start(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem) -> NativeStep {
        freshness.isLinearizable ? .read : try lookWhenFresh(keyspace, now: now)
    }

    /// The step after what the shell brought back.
    mutating func resume(
        _ resumption: Resumption,
        in keyspace: Keyspace,
        now: MonotonicTime
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .unreadable: throw .unreadable
        case .disconnected: .finish
        default: try lookWhenFresh(keyspace, now: now)
        }
    }

    private mutating func lookWhenFresh(_ keyspace: Keyspace, now: MonotonicTime) throws(Problem)
        -> NativeStep
    {
        if let wake = try freshness.wake(keyspace.store, now: now) { return .wait(wake) }
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

    /// What to wait for before the store is new enough; nil when it is.
    func wake(_ store: Store, now: MonotonicTime) throws(Problem) -> Wake? {
        guard let atLeast, store.revision < atLeast else { return nil }
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
