package import Bytes

/// The replicated state machine: the same entries in the same order give the same state, the same
/// answers and the same events on every member.
///
/// It knows no time but that of the entries and does nothing on its own. A copy is a frozen view:
/// O(1) to make, and safe to read on another thread while the original goes on.
package struct Keyspace: Sendable {
    /// Keys with their history.
    package internal(set) var store = Store()
    var leases = LeaseTable()
    var contests = ContestTable()
    var answers = IdempotencyTable()

    /// The cluster clock: the time of the last entry applied.
    package internal(set) var clock = ClusterTime.zero
    /// The log index of the last entry applied.
    package internal(set) var appliedIndex: UInt64 = 0
    /// What `apply` means to this cluster.
    package internal(set) var featureLevel = FeatureLevel()
    /// What is to be done about members.
    var orders = MemberOrders()
    private var rules = SharedRules()
    /// Queues and barriers.
    var coordination = Rare<Coordination>()
    /// What all members share.
    package internal(set) var settings = ClusterSettings()
    /// How far the leader's wall clock is ahead of the cluster clock; nil until a leader said so.
    package internal(set) var wallClockOffsetMilliseconds: Int64?

    /// The state of a cluster that has applied nothing.
    package init() {}

    /// Who may do what.
    package internal(set) var access: AccessControl {
        get { rules.access }
        set { rules = SharedRules(access: newValue, guards: rules.guards) }
    }

    /// What is written only in the name of a lock.
    package internal(set) var guards: WriteGuards {
        get { rules.guards }
        set { rules = SharedRules(access: rules.access, guards: newValue) }
    }

    /// Whether a write may be refused for more than it says itself, at less cost than to see for what.
    var mayRefuseWrites: Bool { rules.mayRefuse }

    /// Whether anything is refused for want of a rule: as `access` says, at less cost.
    package var isAccessControlled: Bool { rules.access.isEnabled }

    /// That of `access`, at less cost.
    package var accessRevision: AuthRevision { rules.access.revision }

    /// Hash of all replicated state, kept up to date with every change: equal states have equal
    /// hashes whatever way led there.
    ///
    /// - Complexity: O(1)
    package var hash: StateHash {
        var hash = store.hash
        hash.add(leases.hash)
        hash.add(contests.hash)
        hash.add(answers.hash)
        var position = StableHash(seed: SessionStateHashSeed.position)
        position.combine(appliedIndex)
        position.combine(clock.rawValue)
        position.combine(featureLevel.number)
        if featureLevel.hold == .held { position.combine(UInt64(featureLevel.hold.rawValue)) }
        hash.add(position)
        if let item = settings.stateItem { hash.add(item) }
        if let item = orders.stateItem { hash.add(item) }
        if !store.quotas.isEmpty { store.quotas.add(to: &hash) }
        hash.add(access.sum)
        if let item = access.stateItem { hash.add(item) }
        if !guards.isEmpty { hash.add(guards.sum) }
        if let coordination = coordination.content { hash.add(coordination.sum) }
        if let offset = wallClockOffsetMilliseconds {
            var item = StableHash(seed: SessionStateHashSeed.wallClock)
            item.combine(UInt64(bitPattern: offset))
            hash.add(item)
        }
        return hash
    }

    /// How many revisions can be read, that of the moment included.
    package var historyRevisionCount: UInt64 {
        store.revision.rawValue - store.compactRevision.rawValue + 1
    }

    /// How long ago on the cluster clock the oldest change was made that a watch can begin with.
    package var historyAgeMilliseconds: UInt64 {
        guard let oldest = store.oldestTime, oldest < clock else { return 0 }
        return clock.rawValue - oldest.rawValue
    }

    /// What the leader's wall clock shows at a time of the cluster clock; unknown until a leader
    /// said so, before 1970 and after `WallTime.max`.
    package func wallTime(at time: ClusterTime) -> WallTime {
        guard let offset = wallClockOffsetMilliseconds else { return .unknown }
        let clock = Int64(clamping: time.rawValue)
        let (sum, overflows) = clock.addingReportingOverflow(offset)
        guard !overflows, sum > 0 else { return .unknown }
        let time = WallTime(rawValue: UInt64(sum))
        return time <= .max ? time : .unknown
    }
}

/// What applying one entry came to.
package struct Applied: Sendable {
    /// For whoever proposed the entry; nil when it had no command.
    package let answer: Answer?
    /// The changes of keys, in order; none where there is no audience for them.
    package let events: [Event]
    /// What happened to locks and elections, in order.
    package let contestEvents: [ContestEvent]
    /// How long those whom they concern had waited, or held.
    package let contestSpans: [ContestSpan]

    package init(
        answer: Answer?,
        events: [Event],
        contestEvents: [ContestEvent],
        contestSpans: [ContestSpan] = []
    ) {
        self.answer = answer
        self.events = events
        self.contestEvents = contestEvents
        self.contestSpans = contestSpans
    }
}
