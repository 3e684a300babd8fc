internal import Bytes

/// All queues.
///
/// - Complexity: each step is O(log *n*), beside the bytes of an item that comes or goes.
struct QueueTable: Emptiable {
    /// The most that the items of all queues may take, in bytes, overhead included.
    static let byteCountMax = 64 << 20

    private(set) var queues = SortedMap<QueueName, ItemQueue>()
    private(set) var ledger = QueueLedger()

    init() {}

    var isEmpty: Bool { queues.isEmpty }

    /// The queue, if it has items or something is set of it.
    subscript(name: QueueName) -> ItemQueue? { queues[name] }

    /// When the time alone changes something next; that may have passed.
    var nextDue: ClusterTime? { (ledger.due.first?.key.deadline).map(Lease.end) }

    // MARK: Steps

    /// Takes an item in, or finds the one of its key.
    mutating func push(
        _ push: QueuePush,
        to name: QueueName,
        id: UInt64,
        at time: ClusterTime
    ) -> (id: UInt64, presence: QueueOutcome.Presence) {
        change(name) { queue, ledger in
            if let settings = push.settings { queue.set(settings, in: &ledger) }
            if let present = push.key.flatMap({ queue.keys[$0] }) { return (present, .already) }
            var item = QueueItem(
                value: push.value,
                key: push.key,
                priority: push.priority,
                since: time
            )
            if push.delayMilliseconds > 0 {
                item.standing = .delayed(
                    until: time.advanced(byMilliseconds: push.delayMilliseconds)
                )
            }
            queue.insert(item, id: id, in: &ledger)
            return (id, .new)
        }
    }

    /// What a push would add, in bytes, settings that change included.
    func growth(by push: QueuePush, to name: QueueName) -> Int {
        let queue = queues[name]
        var growth = 0
        if let settings = push.settings, settings != queue?.settings {
            let before = queue?.settings.map { $0.byteCount(in: name) } ?? 0
            growth += settings.byteCount(in: name) - before
        }
        if push.key.flatMap({ queue?.keys[$0] }) == nil {
            growth += push.value.count + (push.key?.bytes.count ?? 0) + QueueItem.overheadByteCount
        }
        return growth
    }

    /// Gives the first item out that can be taken.
    mutating func take(
        from name: QueueName,
        token: QueueToken,
        visibleMilliseconds: UInt64,
        at time: ClusterTime
    ) -> QueueDelivery? {
        let ready = queues[name]?.ready
        guard let id = (planted(.lastItemFirst) ? ready?.last : ready?.first)?.key.id else {
            return nil
        }
        return change(name) { queue, ledger in
            queue.change(id, in: &ledger) { item in
                item.tryCount = planted(.triesForgotten) ? 1 : item.tryCount + 1
                item.token = token
                item.standing =
                    planted(.itemGivenTwice)
                    ? .ready : .taken(until: time.advanced(byMilliseconds: visibleMilliseconds))
            }
            return queue.items[id].map { item in
                QueueDelivery(
                    id: id,
                    token: token,
                    value: item.value,
                    key: item.key,
                    priority: item.priority,
                    tryCount: item.tryCount,
                    visibleMilliseconds: visibleMilliseconds,
                    ageMilliseconds: item.age(at: time)
                )
            }
        }
    }

    /// Does to the item of that token what its taker says; nil where the token has no item.
    mutating func settle(
        _ token: QueueToken,
        in name: QueueName,
        as settlement: QueueRequest.Settlement,
        at time: ClusterTime
    ) -> QueueOutcome? {
        guard let id = queues[name]?.tokens[token] else { return nil }
        switch settlement {
        case .acknowledged:
            change(name) { queue, ledger in queue.remove(id, in: &ledger) }
            return .acknowledged
        case .failed(let milliseconds):
            return .returned(release(id, in: name, delayMilliseconds: milliseconds, at: time))
        case .undelivered:
            change(name) { queue, ledger in
                queue.change(id, in: &ledger) { item in
                    item.tryCount -= 1
                    item.token = nil
                    item.standing = .ready
                }
            }
            return .returned(.ready)
        case .extended(let milliseconds):
            change(name) { queue, ledger in
                queue.change(id, in: &ledger) {
                    $0.standing = .taken(until: time.advanced(byMilliseconds: milliseconds))
                }
            }
            return .extended(visibleMilliseconds: milliseconds)
        }
    }

    /// Lets an item that failed be taken again, or go where the dead go.
    private mutating func release(
        _ id: UInt64,
        in name: QueueName,
        delayMilliseconds: UInt64,
        at time: ClusterTime
    ) -> QueueOutcome.Whereabouts {
        if bury(id, from: name) { return .dead }
        change(name) { queue, ledger in
            queue.change(id, in: &ledger) { item in
                item.token = nil
                item.standing =
                    delayMilliseconds == 0
                    ? .ready : .delayed(until: time.advanced(byMilliseconds: delayMilliseconds))
            }
        }
        return delayMilliseconds == 0 ? .ready : .delayed
    }

    /// Moves an item that was tried too often to the queue of the dead; false where it was not.
    private mutating func bury(_ id: UInt64, from name: QueueName) -> Bool {
        guard let queue = queues[name], let settings = queue.settings, let item = queue.items[id],
            item.tryCount >= settings.tryCountMax
        else { return false }
        change(name) { queue, ledger in queue.remove(id, in: &ledger) }
        change(settings.dead) { queue, ledger in
            var item = item
            item.tryCount = 0
            item.token = nil
            item.standing = .ready
            if item.key.map({ queue.keys.contains($0) }) ?? false { item.key = nil }
            queue.insert(item, id: id, in: &ledger)
        }
        return true
    }

    /// Removes the queue with everything in it; returns how many items there were.
    ///
    /// - Complexity: O(*n* log *n*) in its items
    mutating func purge(_ name: QueueName) -> Int {
        guard let queue = queues.remove(name) else { return 0 }
        for item in queue.items.elements { ledger.remove(item.value, id: item.key, of: name) }
        if let settings = queue.settings { ledger.remove(settings, of: name) }
        return queue.items.count
    }

    /// Ends the first delay or visibility that is over at `time`; returns where an item can be taken
    /// now that could not before, nil when nothing is due.
    mutating func endFirst(at time: ClusterTime) -> QueueName? {
        guard let due = ledger.due.first?.key, Lease.end(at: due.deadline) <= time else {
            return nil
        }
        guard case .taken? = queues[due.queue]?.items[due.id]?.standing else {
            change(due.queue) { queue, ledger in
                queue.change(due.id, in: &ledger) { $0.standing = .ready }
            }
            return due.queue
        }
        let settings = queues[due.queue]?.settings
        if bury(due.id, from: due.queue) { return settings?.dead }
        if planted(.itemDiesWithTaker) {
            change(due.queue) { queue, ledger in queue.remove(due.id, in: &ledger) }
            return due.queue
        }
        // Its token counts on until the item is taken again.
        change(due.queue) { queue, ledger in
            queue.change(due.id, in: &ledger) { $0.standing = .ready }
        }
        return due.queue
    }

    // MARK: The only writer

    /// Changes a queue, which is made for it, and goes when nothing is left of it.
    @discardableResult
    private mutating func change<Result>(
        _ name: QueueName,
        _ body: (inout ItemQueue, inout QueueLedger) -> Result
    ) -> Result {
        var ledger = ledger
        self.ledger = QueueLedger()
        defer { self.ledger = ledger }
        var made = ItemQueue(name)
        guard let result = queues.update(name, { body(&$0, &ledger) }) else {
            let result = body(&made, &ledger)
            if !made.isVoid { queues.insert(made, for: name) }
            return result
        }
        if queues[name]?.isVoid ?? false { queues.remove(name) }
        return result
    }

    // MARK: Snapshot

    /// Takes what a snapshot says of a queue; false for what contradicts the rest.
    mutating func restore(_ settings: QueueSettings, of name: QueueName) -> Bool {
        guard queues[name]?.settings == nil, name.isValid, settings.isWellFormed(of: name) else {
            return false
        }
        change(name) { queue, ledger in queue.set(settings, in: &ledger) }
        return true
    }

    mutating func restore(_ item: QueueItem, id: UInt64, in name: QueueName) -> Bool {
        if let queue = queues[name] {
            guard queue.items[id] == nil, item.key.map({ queue.keys[$0] == nil }) ?? true,
                item.token.map({ queue.tokens[$0] == nil }) ?? true
            else { return false }
        }
        change(name) { queue, ledger in queue.insert(item, id: id, in: &ledger) }
        return true
    }
}

extension QueueItem {
    /// How long ago it was pushed, in milliseconds.
    func age(at time: ClusterTime) -> UInt64 {
        time > since ? time.rawValue - since.rawValue : 0
    }
}
