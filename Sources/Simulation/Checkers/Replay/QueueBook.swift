internal import Bytes
internal import Keyspace

/// Queues as one would write them down: lists that are looked through.
struct QueueBook {
    private struct Item {
        let id: UInt64
        let value: [UInt8]
        var key: Key?
        let priority: Int32
        let since: ClusterTime
        var tryCount: UInt32 = 0
        var token: QueueToken?
        /// Nil for one that can be taken.
        var hiddenUntil: ClusterTime?
        var isTaken = false
    }

    private var clock = ClusterTime.zero
    private var items: [QueueName: [Item]] = [:]
    /// Of which anything was ever known.
    private var names: [QueueName] = []
    private var settings: [QueueName: QueueSettings] = [:]
    /// No item comes back before that.
    private var nextDue: ClusterTime?

    // MARK: Time

    /// Ends what is over by then, in the order of ends; as of leases, the last millisecond is whole.
    mutating func pass(to time: ClusterTime) {
        clock = max(clock, time)
        while let next = nextDue, next < clock {
            guard let due = firstDue, due.until < clock else {
                nextDue = firstDue?.until
                return
            }
            guard let place = items[due.queue]?.firstIndex(where: { $0.id == due.id }) else {
                return
            }
            let wasTaken = items[due.queue]?[place].isTaken ?? false
            if wasTaken, bury(place, from: due.queue) { continue }
            items[due.queue]?[place].hiddenUntil = nil
            items[due.queue]?[place].isTaken = false
        }
    }

    private var firstDue: (until: ClusterTime, queue: QueueName, id: UInt64)? {
        var first: (until: ClusterTime, queue: QueueName, id: UInt64)?
        for queue in names {
            for item in items[queue] ?? [] {
                guard let until = item.hiddenUntil else { continue }
                let due = (until: until, queue: queue, id: item.id)
                if first.map({ due < $0 }) ?? true { first = due }
            }
        }
        return first
    }

    private mutating func hide(_ place: Int, in name: QueueName, until: ClusterTime) {
        items[name]?[place].hiddenUntil = until
        nextDue = min(nextDue ?? until, until)
    }

    // MARK: Steps

    /// What the step comes to, whose entry is at `index`, at the time that has passed.
    mutating func carryOut(_ request: QueueRequest, at index: UInt64) -> Outcome {
        let name = request.queue
        switch request.act {
        case .push(let push): return .queue(self.push(push, to: name, at: index))
        case .take(let milliseconds):
            return .queue(take(from: name, token: index, milliseconds: milliseconds))
        case .settle(let token, let settlement):
            guard let place = items[name]?.firstIndex(where: { $0.token == token }) else {
                return .refused(.queue(name, .tokenLost(token)))
            }
            return .queue(settle(place, in: name, as: settlement))
        case .purge:
            settings[name] = nil
            return .queue(.purged(count: UInt64(items.removeValue(forKey: name)?.count ?? 0)))
        }
    }

    private mutating func push(
        _ push: QueuePush,
        to name: QueueName,
        at index: UInt64
    ) -> QueueOutcome {
        if let given = push.settings { settings[name] = given }
        if let key = push.key, let present = items[name]?.first(where: { $0.key == key }) {
            return .pushed(id: present.id, .already)
        }
        let item = Item(
            id: index,
            value: push.value,
            key: push.key,
            priority: push.priority,
            since: clock
        )
        add(item, to: name)
        if push.delayMilliseconds > 0, let place = items[name]?.indices.last {
            hide(place, in: name, until: clock.advanced(byMilliseconds: push.delayMilliseconds))
        }
        return .pushed(id: index, .new)
    }

    private mutating func take(
        from name: QueueName,
        token: UInt64,
        milliseconds: UInt64
    ) -> QueueOutcome {
        guard let place = next(in: name), var item = items[name]?[place] else { return .empty }
        item.tryCount += 1
        item.token = QueueToken(rawValue: token)
        item.isTaken = true
        items[name]?[place] = item
        hide(place, in: name, until: clock.advanced(byMilliseconds: milliseconds))
        return .taken(
            QueueDelivery(
                id: item.id,
                token: QueueToken(rawValue: token),
                value: item.value,
                key: item.key,
                priority: item.priority,
                tryCount: item.tryCount,
                visibleMilliseconds: milliseconds,
                ageMilliseconds: clock.rawValue - item.since.rawValue
            )
        )
    }

    /// Of those that can be taken the oldest of the highest priority.
    private func next(in name: QueueName) -> Int? {
        let list = items[name] ?? []
        return list.indices.filter { list[$0].hiddenUntil == nil }
            .min { (-Int(list[$0].priority), list[$0].id) < (-Int(list[$1].priority), list[$1].id) }
    }

    private mutating func settle(
        _ place: Int,
        in name: QueueName,
        as settlement: QueueRequest.Settlement
    ) -> QueueOutcome {
        switch settlement {
        case .acknowledged:
            items[name]?.remove(at: place)
            return .acknowledged
        case .failed(let milliseconds):
            if bury(place, from: name) { return .returned(.dead) }
            giveBack(place, in: name)
            guard milliseconds > 0 else { return .returned(.ready) }
            hide(place, in: name, until: clock.advanced(byMilliseconds: milliseconds))
            return .returned(.delayed)
        case .undelivered:
            items[name]?[place].tryCount -= 1
            giveBack(place, in: name)
            return .returned(.ready)
        case .extended(let milliseconds):
            items[name]?[place].isTaken = true
            hide(place, in: name, until: clock.advanced(byMilliseconds: milliseconds))
            return .extended(visibleMilliseconds: milliseconds)
        }
    }

    private mutating func giveBack(_ place: Int, in name: QueueName) {
        items[name]?[place].token = nil
        items[name]?[place].isTaken = false
        items[name]?[place].hiddenUntil = nil
    }

    /// Moves an item that was tried too often to where the dead go; false where it was not.
    private mutating func bury(_ place: Int, from name: QueueName) -> Bool {
        guard let settings = settings[name], let item = items[name]?[place],
            item.tryCount >= settings.tryCountMax
        else { return false }
        items[name]?.remove(at: place)
        let isThere = items[settings.dead]?.contains { $0.key == item.key } ?? false
        let dead = Item(
            id: item.id,
            value: item.value,
            key: isThere ? nil : item.key,
            priority: item.priority,
            since: item.since
        )
        add(dead, to: settings.dead)
        return true
    }

    private mutating func add(_ item: Item, to name: QueueName) {
        if !names.contains(name) { names.append(name) }
        items[name, default: []].append(item)
    }

    // MARK: Looks

    /// How many items can be taken, are delayed, and are taken.
    func counts(of name: QueueName) -> QueueCounts {
        let list = items[name] ?? []
        return QueueCounts(
            ready: list.count { $0.hiddenUntil == nil },
            delayed: list.count { $0.hiddenUntil != nil && !$0.isTaken },
            taken: list.count(where: \.isTaken)
        )
    }

    /// Whether the item is there, and somebody has it.
    func isTaken(_ id: UInt64, in name: QueueName) -> Bool {
        items[name]?.contains { $0.id == id && $0.isTaken } ?? false
    }
}

/// How many items of a queue stand how.
package struct QueueCounts: Hashable, Sendable {
    package let ready: Int
    package let delayed: Int
    package let taken: Int

    package init(ready: Int, delayed: Int, taken: Int) {
        self.ready = ready
        self.delayed = delayed
        self.taken = taken
    }
}
