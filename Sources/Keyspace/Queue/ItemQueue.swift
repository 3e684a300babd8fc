internal import Bytes

/// What all queues have in common: sums, and what is due when.
struct QueueLedger: Sendable {
    /// What the time changes of an item.
    struct Due: Comparable, Sendable {
        let deadline: ClusterTime
        let queue: QueueName
        let id: UInt64

        static func < (left: Due, right: Due) -> Bool {
            guard left.deadline == right.deadline else { return left.deadline < right.deadline }
            return left.queue == right.queue ? left.id < right.id : left.queue < right.queue
        }
    }

    private(set) var due = SortedMap<Due, Void>()
    /// Over every item, and what is set of queues.
    private(set) var sum = StateHash()
    private(set) var byteCount = 0
    private(set) var itemCount = 0

    mutating func add(_ item: QueueItem, id: UInt64, of queue: QueueName) {
        byteCount += item.byteCount
        itemCount += 1
        sum.add(item.contentItem(id, in: queue))
        enter(item, id: id, of: queue)
    }

    mutating func remove(_ item: QueueItem, id: UInt64, of queue: QueueName) {
        byteCount -= item.byteCount
        itemCount -= 1
        sum.remove(item.contentItem(id, in: queue))
        leave(item, id: id, of: queue)
    }

    /// The item, which is known, stands so from now on.
    mutating func enter(_ item: QueueItem, id: UInt64, of queue: QueueName) {
        sum.add(item.standingItem(id, in: queue))
        guard let deadline = item.standing.deadline else { return }
        due.insert((), for: Due(deadline: deadline, queue: queue, id: id))
    }

    /// The item stands so no longer.
    mutating func leave(_ item: QueueItem, id: UInt64, of queue: QueueName) {
        sum.remove(item.standingItem(id, in: queue))
        guard let deadline = item.standing.deadline else { return }
        due.remove(Due(deadline: deadline, queue: queue, id: id))
    }

    mutating func add(_ settings: QueueSettings, of queue: QueueName) {
        byteCount += settings.byteCount(in: queue)
        sum.add(settings.item(of: queue))
    }

    mutating func remove(_ settings: QueueSettings, of queue: QueueName) {
        byteCount -= settings.byteCount(in: queue)
        sum.remove(settings.item(of: queue))
    }
}

extension QueueSettings {
    /// What a queue counts for beside its items, where something is set of it.
    private static let overheadByteCount = 512

    func byteCount(in queue: QueueName) -> Int {
        Self.overheadByteCount + queue.bytes.count + dead.bytes.count
    }

    fileprivate func item(of queue: QueueName) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.queueSettings)
        item.combine(queue.bytes.span)
        item.combine(UInt64(tryCountMax))
        item.combine(dead.bytes.span)
        return item
    }
}

/// One queue. Items are changed by `insert`, `remove` and `change` alone, which keep what is kept
/// twice.
///
/// - Complexity: each change is O(log *n*), beside the bytes of an item that comes or goes.
struct ItemQueue: Sendable {
    let name: QueueName
    private(set) var settings: QueueSettings?
    /// By id, and so by age.
    private(set) var items = SortedMap<UInt64, QueueItem>()
    private(set) var ready = SortedMap<QueueRank, Void>()
    /// The item of each token that may still say what becomes of it.
    private(set) var tokens = SortedMap<QueueToken, UInt64>()
    /// The item of each key.
    private(set) var keys = SortedMap<Key, UInt64>()
    private(set) var takenCount = 0

    init(_ name: QueueName) { self.name = name }

    /// Whether nothing is left to keep.
    var isVoid: Bool { items.isEmpty && settings == nil }

    var delayedCount: Int { items.count - ready.count - takenCount }

    mutating func set(_ settings: QueueSettings, in ledger: inout QueueLedger) {
        if let before = self.settings { ledger.remove(before, of: name) }
        self.settings = settings
        ledger.add(settings, of: name)
    }

    /// - Parameter item: its key and its token are no other item's.
    mutating func insert(_ item: QueueItem, id: UInt64, in ledger: inout QueueLedger) {
        invariant(items.insert(item, for: id) == nil, "item \(id) is pushed twice")
        if let key = item.key { keys.insert(id, for: key) }
        enter(item, id: id)
        ledger.add(item, id: id, of: name)
    }

    mutating func remove(_ id: UInt64, in ledger: inout QueueLedger) {
        guard let item = items.remove(id) else { return }
        if let key = item.key { keys.remove(key) }
        leave(item, id: id)
        ledger.remove(item, id: id, of: name)
    }

    /// Changes how the item stands.
    mutating func change(
        _ id: UInt64,
        in ledger: inout QueueLedger,
        _ body: (inout QueueItem) -> Void
    ) {
        guard let before = items[id] else { return }
        var item = before
        body(&item)
        leave(before, id: id)
        ledger.leave(before, id: id, of: name)
        items.insert(item, for: id)
        enter(item, id: id)
        ledger.enter(item, id: id, of: name)
    }

    private mutating func enter(_ item: QueueItem, id: UInt64) {
        if let token = item.token { tokens.insert(id, for: token) }
        switch item.standing {
        case .ready: ready.insert((), for: QueueRank(priority: item.priority, id: id))
        case .delayed: break
        case .taken: takenCount += 1
        }
    }

    private mutating func leave(_ item: QueueItem, id: UInt64) {
        if let token = item.token { tokens.remove(token) }
        switch item.standing {
        case .ready: ready.remove(QueueRank(priority: item.priority, id: id))
        case .delayed: break
        case .taken: takenCount -= 1
        }
    }
}
