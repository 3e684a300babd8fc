internal import Bytes

// The session state is all replicated state beside the store: the clock, leases, locks, elections
// and the answers kept for retries. A snapshot holds it as items, each a tag byte and fields that
// say where they end.

/// Walks a keyspace's session state, item by item.
struct SessionStateEncoder: Sendable {
    private enum Section {
        case position
        case settings
        case orders
        case access
        case quotas
        case guards
        case leases
        case contests
        case shutContests
        case queues
        case barriers
        case answers
    }

    private let position: (appliedIndex: UInt64, clock: ClusterTime, featureLevel: FeatureLevel)
    private let settings: (ClusterSettings, wallClockOffset: Int64?)
    private var orders: ArraySlice<MemberOrder>
    private var access: AccessControl.Encoder
    private var quotas: ArraySlice<QuotaStanding>
    private var guards: SortedMap<Key, [UInt8]>.Elements
    private var leases: SortedMap<LeaseID, Lease>.Elements
    private var contests: ContestTable.Encoder
    private var shutContests: SortedMap<ContestTable.TimedChange, Void>.Elements
    private var queueItems: QueueTable.Encoder
    private var barriers: BarrierTable.Encoder
    private var answers: IdempotencyTable.Encoder
    private var section = Section.position

    init(_ keyspace: Keyspace) {
        position = (keyspace.appliedIndex, keyspace.clock, keyspace.featureLevel)
        settings = (keyspace.settings, keyspace.wallClockOffsetMilliseconds)
        orders = keyspace.memberOrders[...]
        access = AccessControl.Encoder(keyspace.access)
        quotas = keyspace.quotas(after: nil, countMax: .max)[...]
        guards = keyspace.guards.locks.elements
        leases = keyspace.leases.elements(after: nil)
        contests = ContestTable.Encoder(
            keyspace.contests,
            format: keyspace.featureLevel.snapshotFormat
        )
        shutContests = keyspace.contests.timed.elements
        queueItems = QueueTable.Encoder(keyspace.queues)
        barriers = BarrierTable.Encoder(keyspace.barriers)
        answers = IdempotencyTable.Encoder(keyspace.answers)
        if planted(.snapshotWithoutLeases) {
            leases = SortedMap<LeaseID, Lease>().elements
        }
    }

    /// Appends the next item; false when there is none.
    ///
    /// - Complexity: O(item), at most some megabytes for a stored answer.
    mutating func encodeNext(into output: inout [UInt8]) -> Bool {
        let start = output.count
        switch section {
        case .position:
            output.append(SessionStateTag.position.rawValue)
            output.append(varint: position.appliedIndex)
            output.append(varint: position.clock.rawValue)
            output.append(varint: position.featureLevel.number)
            if position.featureLevel.number >= FeatureLevel.second {
                output.append(position.featureLevel.hold)
            }
            section = .settings
            return true
        case .settings:
            output.append(SessionStateTag.settings.rawValue)
            output.append(settings.0)
            output.append(optional: settings.wallClockOffset) { offset, output in
                output.append(littleEndian: UInt64(bitPattern: offset))
            }
            section = .orders
            return true
        case .orders:
            if let order = orders.popFirst() {
                output.append(SessionStateTag.memberOrder.rawValue)
                order.encode(into: &output)
                return true
            }
            section = .access
        case .access:
            if access.encodeNext(into: &output) { return true }
            section = .quotas
        case .quotas:
            if let standing = quotas.popFirst() {
                output.append(SessionStateTag.quota.rawValue)
                output.append(standing.path)
                output.append(standing.quota)
                return true
            }
            section = .guards
        case .guards:
            if let guarded = guards.next() {
                output.append(SessionStateTag.writeGuard)
                output.append(guarded.key)
                output.append(lengthPrefixed: guarded.value)
                return true
            }
            section = .leases
        case .leases:
            output.append(SessionStateTag.lease.rawValue)
            if let lease = leases.next() {
                LeaseTable.encode(
                    lease.key,
                    lease: lease.value,
                    format: position.featureLevel.snapshotFormat,
                    into: &output
                )
                return true
            }
            section = .contests
        case .contests:
            output.append(SessionStateTag.contender.rawValue)
            if contests.encodeNext(into: &output) { return true }
            section = .shutContests
        case .shutContests:
            while let change = shutContests.next()?.key {
                guard change.holder == nil else { continue }
                output.append(SessionStateTag.shutContest)
                output.append(change.contest)
                output.append(varint: change.deadline.rawValue)
                return true
            }
            section = .queues
        case .queues:
            if queueItems.encodeNext(into: &output) { return true }
            section = .barriers
        case .barriers:
            if barriers.encodeNext(into: &output) { return true }
            section = .answers
        case .answers:
            if planted(.snapshotWithoutAnswers) { return false }
            output.append(SessionStateTag.answer.rawValue)
            if answers.encodeNext(into: &output) { return true }
            output.removeSubrange(start...)
            return false
        }
        output.removeSubrange(start...)
        return encodeNext(into: &output)
    }
}
