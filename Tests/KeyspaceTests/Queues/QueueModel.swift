import Bytes

@testable import Keyspace

/// Queues as one would write them down: lists that are looked through.
struct QueueModel {
    /// Ways to be wrong that the comparison must see.
    enum Fault: CaseIterable {
        case none, lifo, priorityIgnored, takenStays, keyForgotten, neverDead
        case undeliveredCounts
    }

    private struct Item {
        let id: UInt64
        let value: [UInt8]
        var key: Key?
        let priority: Int32
        var tries: UInt32 = 0
        var token: QueueToken?
        /// Nil for one that can be taken.
        var hiddenUntil: UInt64?
        var isTaken = false
    }

    private let fault: Fault
    private var items: [QueueName: [Item]] = [:]
    private var settings: [QueueName: QueueSettings] = [:]

    init(fault: Fault) { self.fault = fault }

    /// What the request comes to, in words.
    mutating func apply(_ request: QueueRequest?, index: UInt64, time: UInt64) -> String {
        endDue(time)
        guard let request else { return "nothing" }
        let name = request.queue
        switch request.act {
        case .push(let push): return self.push(push, to: name, index: index, time: time)
        case .take(let milliseconds):
            guard let place = next(in: name) else { return "empty" }
            items[name]?[place].tries += 1
            items[name]?[place].token = QueueToken(rawValue: index)
            items[name]?[place].hiddenUntil = time + milliseconds
            items[name]?[place].isTaken = true
            let item = items[name]?[place]
            return "took \(item?.id ?? 0) \(item?.tries ?? 0) \(item?.value ?? [])"
        case .settle(let token, let settlement):
            guard let place = items[name]?.firstIndex(where: { $0.token == token }) else {
                return "lost"
            }
            return settle(place, in: name, settlement, time: time)
        case .purge:
            settings[name] = nil
            return "purged \(items.removeValue(forKey: name)?.count ?? 0)"
        }
    }

    private mutating func push(
        _ push: QueuePush,
        to name: QueueName,
        index: UInt64,
        time: UInt64
    ) -> String {
        if let given = push.settings { settings[name] = given }
        if let key = push.key, fault != .keyForgotten,
            let present = items[name, default: []].first(where: { $0.key == key })
        {
            return "there \(present.id)"
        }
        var item = Item(id: index, value: push.value, key: push.key, priority: push.priority)
        if push.delayMilliseconds > 0 { item.hiddenUntil = time + push.delayMilliseconds }
        items[name, default: []].append(item)
        return "pushed \(index)"
    }

    private func next(in name: QueueName) -> Int? {
        let list = items[name, default: []]
        let ready = list.indices.filter { list[$0].hiddenUntil == nil }
        let ordered = ready.sorted { left, right in
            if fault != .priorityIgnored, list[left].priority != list[right].priority {
                return list[left].priority > list[right].priority
            }
            return list[left].id < list[right].id
        }
        return fault == .lifo ? ordered.last : ordered.first
    }

    private mutating func settle(
        _ place: Int,
        in name: QueueName,
        _ settlement: QueueRequest.Settlement,
        time: UInt64
    ) -> String {
        switch settlement {
        case .acknowledged:
            items[name]?.remove(at: place)
            return "done"
        case .failed(let milliseconds):
            if bury(place, from: name) { return "dead" }
            items[name]?[place].token = nil
            items[name]?[place].isTaken = false
            items[name]?[place].hiddenUntil = milliseconds == 0 ? nil : time + milliseconds
            return milliseconds == 0 ? "ready" : "delayed"
        case .undelivered:
            if fault != .undeliveredCounts { items[name]?[place].tries -= 1 }
            items[name]?[place].token = nil
            items[name]?[place].isTaken = false
            items[name]?[place].hiddenUntil = nil
            return "ready"
        case .extended(let milliseconds):
            items[name]?[place].isTaken = true
            items[name]?[place].hiddenUntil = time + milliseconds
            return "extended"
        }
    }

    private mutating func bury(_ place: Int, from name: QueueName) -> Bool {
        guard let settings = settings[name], let item = items[name]?[place],
            item.tries >= settings.tryCountMax, fault != .neverDead
        else { return false }
        items[name]?.remove(at: place)
        var dead = Item(id: item.id, value: item.value, key: item.key, priority: item.priority)
        if items[settings.dead, default: []].contains(where: { $0.key == item.key }) {
            dead.key = nil
        }
        items[settings.dead, default: []].append(dead)
        return true
    }

    /// As leases: the last millisecond is whole.
    private mutating func endDue(_ time: UInt64) {
        if fault == .takenStays { return }
        while let due = firstDue(time) {
            guard let place = items[due.queue]?.firstIndex(where: { $0.id == due.id }) else {
                return
            }
            let wasTaken = items[due.queue]?[place].isTaken ?? false
            if wasTaken, bury(place, from: due.queue) { continue }
            items[due.queue]?[place].hiddenUntil = nil
            items[due.queue]?[place].isTaken = false
        }
    }

    private func firstDue(_ time: UInt64) -> (queue: QueueName, id: UInt64)? {
        var due: [(until: UInt64, queue: QueueName, id: UInt64)] = []
        for (queue, list) in items {
            for item in list {
                if let until = item.hiddenUntil, until < time {
                    due.append((until, queue, item.id))
                }
            }
        }
        let first = due.min { ($0.until, $0.queue, $0.id) < ($1.until, $1.queue, $1.id) }
        return first.map { ($0.queue, $0.id) }
    }

    // MARK: Looks

    /// A token of an item that is there, each with about the same chance.
    func token<Source: RandomNumberGenerator>(
        in name: QueueName,
        using random: inout Source
    ) -> QueueToken? {
        items[name, default: []].compactMap(\.token).randomElement(using: &random)
    }

    /// How many can be taken, are delayed, and are taken.
    func counts(of name: QueueName) -> [Int] {
        let list = items[name, default: []]
        return [
            list.count { $0.hiddenUntil == nil },
            list.count { $0.hiddenUntil != nil && !$0.isTaken },
            list.count(where: \.isTaken),
        ]
    }
}
