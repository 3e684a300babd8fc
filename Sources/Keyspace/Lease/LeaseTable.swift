internal import Bytes

/// Every lease, the order in which they end, and the keys tied to each.
///
/// The attachments repeat what the store's records say, so they are neither hashed nor part of a
/// snapshot.
struct LeaseTable: Sendable {
    /// The most leases of a cluster; about 150 bytes each.
    static let countMax = 1_000_000

    /// The order of ends: by deadline, then by id.
    struct End: Comparable, Sendable {
        let deadline: ClusterTime
        let id: LeaseID

        static func < (left: End, right: End) -> Bool {
            (left.deadline, left.id) < (right.deadline, right.id)
        }
    }

    /// A key tied to a lease.
    struct Attachment: Comparable, Sendable {
        let lease: LeaseID
        let key: Key

        static func < (left: Attachment, right: Attachment) -> Bool {
            left.lease == right.lease ? left.key < right.key : left.lease < right.lease
        }
    }

    var leases = SortedMap<LeaseID, Lease>()
    /// One for each lease.
    var ends = SortedMap<End, Void>()
    /// Every key that is tied to a lease, but for the records of locks and elections.
    var attachments = SortedMap<Attachment, Void>()
    /// Over every lease with its deadline.
    var hash = StateHash()

    var count: Int { leases.count }

    /// The lease, live or not yet swept.
    subscript(id: LeaseID) -> Lease? { leases[id] }

    /// The lease if it still counts at `time`.
    func live(_ id: LeaseID, at time: ClusterTime) -> Lease? {
        guard let lease = leases[id], lease.isLive(at: time) else { return nil }
        return lease
    }

    /// When the first of all is over; that may have passed.
    var nextEnd: ClusterTime? { (ends.first?.key.deadline).map(Lease.end) }

    /// The first lease, in the order of ends, that is over at `time`.
    func firstExpired(at time: ClusterTime) -> LeaseID? {
        guard let end = ends.first?.key, Lease.end(at: end.deadline) <= time else { return nil }
        return end.id
    }

    /// The greatest id.
    var greatest: LeaseID? { leases.last?.key }

    /// How many keys are tied to leases.
    var attachmentCount: Int { attachments.count }

    /// Whether the key is tied to the lease.
    func isAttached(_ key: Key, to id: LeaseID) -> Bool {
        attachments.contains(Attachment(lease: id, key: key))
    }

    /// The leases after `id`, in the order of ids.
    func elements(after id: LeaseID?) -> SortedMap<LeaseID, Lease>.Elements {
        id.map { leases.elements(after: $0) } ?? leases.elements
    }

    // MARK: Lives

    mutating func insert(_ lease: Lease, for id: LeaseID) {
        invariant(leases[id] == nil, "lease \(id) granted twice")
        leases.insert(lease, for: id)
        ends.insert((), for: End(deadline: lease.deadline, id: id))
        hash.add(Self.item(id, lease: lease))
        invariant(ends.count == leases.count, "lease \(id) is granted, \(Self.rule)")
    }

    /// Lets the lease's whole time to live begin at `time`.
    mutating func restart(_ id: LeaseID, at time: ClusterTime) {
        if planted(.keepAliveIgnored) { return }
        guard var lease = leases[id] else { return }
        let deadline = time.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
        guard deadline != lease.deadline else { return }
        assert(deadline > lease.deadline, "lease \(id) is kept alive and ends sooner")
        if !planted(.earlierEndKept) { ends.remove(End(deadline: lease.deadline, id: id)) }
        hash.remove(Self.item(id, lease: lease))
        lease.deadline = deadline
        ends.insert((), for: End(deadline: deadline, id: id))
        hash.add(Self.item(id, lease: lease))
        leases.insert(lease, for: id)
        invariant(ends.count == leases.count, "lease \(id) is kept alive, \(Self.rule)")
    }

    /// Makes every lease of that creator nobody's.
    ///
    /// - Complexity: O(*n*)
    mutating func disown(_ creator: LeaseCreator) {
        let ids = leases.elements.filter { $0.value.creator == creator }.map(\.key)
        for id in ids {
            guard var lease = leases[id] else { continue }
            hash.remove(Self.item(id, lease: lease))
            lease.creator = .nobody
            hash.add(Self.item(id, lease: lease))
            leases.insert(lease, for: id)
        }
    }

    /// Forgets a lease to which nothing is tied any more.
    mutating func remove(_ id: LeaseID) {
        guard let lease = leases.remove(id) else { return }
        invariant(firstKey(of: id) == nil, "lease \(id) ends before its keys")
        ends.remove(End(deadline: lease.deadline, id: id))
        hash.remove(Self.item(id, lease: lease))
        invariant(ends.count == leases.count, "lease \(id) is gone, \(Self.rule)")
    }

    /// What the counts show.
    private static var rule: String { KeyspaceRule.endsNameLeases.rawValue }

    // MARK: Attachments

    mutating func attach(_ key: Key, to id: LeaseID) {
        assert(leases.contains(id), KeyspaceRule.attachmentsHaveLeases.rawValue)
        attachments.insert((), for: Attachment(lease: id, key: key))
    }

    mutating func detach(_ key: Key, from id: LeaseID) {
        attachments.remove(Attachment(lease: id, key: key))
    }

    /// The lease's first key, in the order of keys.
    func firstKey(of id: LeaseID) -> Key? { keys(of: id, after: nil, countMax: 1).first }

    /// At most `countMax` of the lease's keys, in order, after `key`.
    func keys(of id: LeaseID, after key: Key?, countMax: Int) -> [Key] {
        let elements =
            key.map { attachments.elements(after: Attachment(lease: id, key: $0)) }
            ?? attachments.elements(from: Attachment(lease: id, key: Key(unchecked: [])))
        var keys: [Key] = []
        for element in elements {
            guard element.key.lease == id, keys.count < countMax else { break }
            keys.append(element.key.key)
        }
        return keys
    }

    private static func item(_ id: LeaseID, lease: Lease) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.lease)
        item.combine(id.rawValue)
        item.combine(lease.timeToLiveMilliseconds)
        item.combine(UInt64(lease.origin.rawValue))
        item.combine(lease.deadline.rawValue)
        if lease.creator != .nobody { item.combine(lease.creator.word) }
        return item
    }
}

// MARK: - Verification

extension LeaseTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*)
    var brokenRule: KeyspaceRule? {
        guard ends.count == leases.count else { return .endsNameLeases }
        var sum = StateHash()
        for (id, lease) in leases.elements.map({ ($0.key, $0.value) }) {
            guard ends.contains(End(deadline: lease.deadline, id: id)) else {
                return .endsNameLeases
            }
            guard Lease.timeToLiveMillisecondsRange.contains(lease.timeToLiveMilliseconds) else {
                return .lifeIsInRange
            }
            sum.add(Self.item(id, lease: lease))
        }
        guard sum == hash else { return .leaseHashIsSum }
        let isTied = attachments.elements.allSatisfy { leases.contains($0.key.lease) }
        return isTied ? nil : .attachmentsHaveLeases
    }
}

// MARK: - Snapshot

extension ByteReader {
    fileprivate mutating func readCreator() throws(DecodingError) -> LeaseCreator {
        let start = position
        let word = try readVarint()
        let author = AuthorID(rawValue: UInt32(truncatingIfNeeded: word))
        switch (word >> 32, author) {
        case (0, .nobody): return .nobody
        case (1, let author) where author != .nobody: return .user(author)
        case (2, let author) where author != .nobody: return .outside(author)
        default: throw .invalidValue(at: start)
        }
    }
}

extension LeaseTable {
    /// Appends a lease as a snapshot keeps it.
    static func encode(
        _ id: LeaseID,
        lease: Lease,
        format: SnapshotFormat,
        into output: inout [UInt8]
    ) {
        output.append(id)
        output.append(varint: lease.timeToLiveMilliseconds)
        output.append(lease.origin.rawValue)
        output.append(varint: lease.deadline.rawValue)
        if format >= .fifth { output.append(varint: lease.creator.word) }
    }

    /// Takes one lease out of a snapshot.
    mutating func insert(
        decoding reader: inout ByteReader,
        format: SnapshotFormat
    ) throws(DecodingError) {
        let start = reader.position
        let id = try reader.readLease()
        let lease = Lease(
            timeToLiveMilliseconds: try reader.readVarint(),
            origin: try reader.readCase(),
            deadline: ClusterTime(rawValue: try reader.readVarint()),
            creator: format < .fifth ? .nobody : try reader.readCreator()
        )
        guard Lease.timeToLiveMillisecondsRange.contains(lease.timeToLiveMilliseconds),
            leases[id] == nil, id.rawValue > 0, id <= .max
        else { throw .invalidValue(at: start) }
        insert(lease, for: id)
    }
}
