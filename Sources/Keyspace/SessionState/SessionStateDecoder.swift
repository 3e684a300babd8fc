internal import Bytes

/// Builds a keyspace from its store and the items of its session state, which may come from a peer:
/// what contradicts itself is an error.
struct SessionStateDecoder: Sendable {
    private var leases = LeaseTable()
    private var contests = ContestTable()
    private var answers = IdempotencyTable()
    private var position: (appliedIndex: UInt64, clock: ClusterTime, featureLevel: FeatureLevel)?

    private var settings: ClusterSettings?
    private var wallClockOffset: Int64?

    private var orders = MemberOrders()
    private var access = AccessControl()
    /// In the order of paths.
    private var quotas: [(path: Key, quota: SubtreeQuota)] = []
    private var guards = WriteGuards()
    private var queues = QueueTable()
    private var barriers = BarrierTable()

    init() {}

    /// Takes one item, its tag byte first.
    mutating func decodeItem(
        _ reader: inout ByteReader,
        format: SnapshotFormat
    ) throws(DecodingError) {
        let start = reader.position
        let tag = try reader.readCase(SessionStateTag.self)
        // The position comes first and once.
        guard let position else {
            guard tag == .position else { throw .invalidValue(at: start) }
            position = (
                try reader.readNumber(),
                ClusterTime(rawValue: try reader.readNumber()),
                try reader.readFeatureLevel(format)
            )
            return
        }
        let appliedIndex = position.appliedIndex
        switch tag {
        case .position: throw .invalidValue(at: start)
        case .settings:
            guard settings == nil, format >= .third else { throw .invalidValue(at: start) }
            settings = try reader.readSettings()
            wallClockOffset = try reader.readOptional { reader throws(DecodingError) in
                Int64(bitPattern: try reader.readLittleEndian(UInt64.self))
            }
        case .memberOrder:
            let order = try reader.readMemberOrder()
            guard format >= .third, order.number <= appliedIndex, orders.restore(order) else {
                throw .invalidValue(at: start)
            }
        case .access, .role, .user, .signingKey:
            guard format >= .fifth else { throw .invalidValue(at: start) }
            try access.insert(tag, decoding: &reader)
        case .quota:
            let (path, quota) = (try reader.readPath(), try reader.readQuota())
            guard format >= .sixth, !path.isReserved, quotas.count < SubtreeQuota.countMax,
                quotas.last.map({ $0.path < path }) ?? true
            else { throw .invalidValue(at: start) }
            quotas.append((path, quota))
        case .writeGuard:
            guard format >= .sixth else { throw .invalidValue(at: start) }
            try reader.readGuard(into: &guards)
        case .lease: try leases.insert(decoding: &reader, format: format)
        case .contender:
            let lease = try contests.insert(
                decoding: &reader,
                appliedIndex: appliedIndex,
                format: format
            )
            guard leases[lease] != nil else { throw .invalidValue(at: start) }
        case .shutContest:
            let contest = try reader.readContest()
            let deadline = ClusterTime(rawValue: try reader.readNumber())
            guard format >= .sixth, contests[contest]?.shutUntil == nil else {
                throw .invalidValue(at: start)
            }
            contests.shut(contest, until: deadline)
        case .queueSettings, .queueItem:
            guard format >= .sixth else { throw .invalidValue(at: start) }
            try queues.insert(tag, decoding: &reader, appliedIndex: appliedIndex)
        case .barrier, .barrierParty, .endedBarrier:
            guard format >= .sixth else { throw .invalidValue(at: start) }
            try barriers.insert(tag, decoding: &reader)
        case .answer: try answers.insert(decoding: &reader, appliedIndex: appliedIndex)
        }
    }

    /// Joins the session state to its store: every key's lease must be there, and every holder's
    /// record.
    ///
    /// - Complexity: O(*n*) in the store's keys.
    consuming func finish(_ store: Store) throws(DecodingError) -> Keyspace {
        guard let position else { throw .invalidValue(at: 0) }
        var keyspace = Keyspace()
        keyspace.store = store
        keyspace.clock = position.clock
        keyspace.appliedIndex = position.appliedIndex
        keyspace.featureLevel = position.featureLevel
        keyspace.settings = settings ?? ClusterSettings()
        keyspace.wallClockOffsetMilliseconds = wallClockOffset
        keyspace.orders = orders
        keyspace.access = access
        keyspace.guards = guards
        keyspace.changeCoordination { ($0.queues, $0.barriers) = (queues, barriers) }
        guard access.brokenRule(appliedIndex: position.appliedIndex) == nil,
            guards.brokenRule == nil,
            barriers.brokenRule(appliedIndex: position.appliedIndex) == nil
        else {
            throw .invalidValue(at: 0)
        }
        keyspace.leases = leases
        keyspace.contests = contests
        keyspace.answers = answers
        if !quotas.isEmpty { keyspace.store.restore(quotas) }
        try keyspace.attachKeys()
        try keyspace.checkCreators()
        try keyspace.checkRecords()
        guard keyspace.havePartiesLeases else { throw .invalidValue(at: 0) }
        return keyspace
    }
}

extension Store {
    /// Sets the quotas, and counts all keys for them in one walk.
    fileprivate mutating func restore(_ list: [(path: Key, quota: SubtreeQuota)]) {
        for (path, quota) in list { quotas.set(quota, at: path, size: .none) }
        var walk = RangeWalk(records, range: .all)
        while walk.next() {
            let size = size(of: walk.key)
            if size != .none { quotas.note(walk.key, growth: size) }
        }
    }
}

extension Keyspace {
    /// Ties the store's keys to their leases again.
    fileprivate mutating func attachKeys() throws(DecodingError) {
        var walk = RangeWalk(store.records, range: .all)
        while walk.next() {
            let head = walk.read(\.current.head)
            guard head.isLive, head.lease != 0 else { continue }
            let lease = LeaseID(rawValue: head.lease)
            guard leases[lease] != nil else { throw .invalidValue(at: 0) }
            leases.attach(walk.key, to: lease)
        }
    }

    /// Each lease is of somebody who has a name.
    fileprivate func checkCreators() throws(DecodingError) {
        for element in leases.elements(after: nil) {
            let author = element.value.creator.author
            guard author.rawValue <= store.authors.count else { throw .invalidValue(at: 0) }
        }
    }

    /// Each holder has its record, created at its token, and there are no other records.
    fileprivate func checkRecords() throws(DecodingError) {
        var recordCount = 0
        var walk = RangeWalk(store.records, range: .subtree(.reserved))
        while walk.next() {
            guard walk.read(\.current.isLive), !walk.key.isCounter else { continue }
            recordCount += 1
        }
        guard recordCount == contests.holderCount else { throw .invalidValue(at: 0) }
        for element in contests.elements(after: Contest(kind: .lock, name: [])) {
            for holder in element.value.holders.elements {
                let record = store.get(element.key.recordKey(of: holder.value.lease))
                guard let record, record.createRevision.rawValue == holder.key.rawValue,
                    record.lease == holder.value.lease
                else { throw .invalidValue(at: 0) }
            }
        }
    }
}
