internal import Bytes

/// What few clusters have and no plain write meets. It lies outside of the state of which it is a
/// part, which is moved about far more often than this is changed or looked at.
struct Coordination: Emptiable {
    var queues = QueueTable()
    var barriers = BarrierTable()
    /// When the time alone changes something next; that may have passed.
    private(set) var nextDue: ClusterTime?

    init() {}

    var isEmpty: Bool { queues.isEmpty && barriers.isEmpty }

    var sum: StateHash {
        var sum = queues.ledger.sum
        sum.add(barriers.sum)
        return sum
    }

    /// What it takes, in bytes.
    var byteCount: Int { queues.ledger.byteCount + barriers.byteCount }

    /// The first rule that it breaks, nil for a sound one.
    func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        queues.brokenRule(appliedIndex: appliedIndex)
            ?? barriers.brokenRule(appliedIndex: appliedIndex)
    }

    /// Whether the time has changed something at `time`.
    func isDue(at time: ClusterTime) -> Bool { nextDue.map { $0 <= time } ?? false }

    /// Notes what the last change made due.
    mutating func noteDue() { nextDue = barriers.isClosing ? .zero : queues.nextDue }
}

extension Keyspace {
    /// All queues.
    var queues: QueueTable { coordination.content?.queues ?? QueueTable() }

    /// All barriers.
    var barriers: BarrierTable { coordination.content?.barriers ?? BarrierTable() }

    mutating func changeCoordination<Result>(_ body: (inout Coordination) -> Result) -> Result {
        coordination.change { coordination in
            defer { coordination.noteDue() }
            return body(&coordination)
        }
    }

    /// Ends what the time ends of queues and barriers, as far as a turn's slice reaches.
    mutating func endCoordinated(_ context: inout ApplyContext) {
        if !queues.isEmpty { endQueued(&context) }
        if barriers.isClosing { endParties(&context) }
    }

    /// Throws where the cluster's quota has no room for so many bytes more.
    func checkCoordinationRoom(growth: Int) throws(Refusal) {
        guard settings.quotaByteCount > 0, growth > 0 else { return }
        let byteCount = coordination.content?.byteCount ?? 0
        try checkRoom(growth: byteCount + growth, deleting: [])
    }
}
