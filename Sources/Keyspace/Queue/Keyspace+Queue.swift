internal import Bytes

extension Keyspace {
    private mutating func changeQueues<Result>(
        _ body: (inout QueueTable) -> Result
    ) -> Result {
        changeCoordination { body(&$0.queues) }
    }

    // MARK: Steps

    mutating func carryOut(
        _ request: QueueRequest,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let (name, token) = (request.queue, QueueToken(rawValue: context.index))
        let time = context.time
        switch request.act {
        case .push(let push): return .queue(try self.push(push, to: name, in: &context))
        case .take(let milliseconds):
            let delivery = changeQueues {
                $0.take(from: name, token: token, visibleMilliseconds: milliseconds, at: time)
            }
            return .queue(delivery.map { .taken($0) } ?? .empty)
        case .settle(let token, let settlement):
            let dead = queues[name]?.settings?.dead
            let outcome = changeQueues { $0.settle(token, in: name, as: settlement, at: time) }
            guard let outcome else { throw .queue(name, .tokenLost(token)) }
            if outcome == .returned(.ready) { context.note(available: name) }
            if outcome == .returned(.dead), let dead { context.note(available: dead) }
            return .queue(outcome)
        case .purge:
            return .queue(.purged(count: UInt64(changeQueues { $0.purge(name) })))
        }
    }

    private mutating func push(
        _ push: QueuePush,
        to name: QueueName,
        in context: inout ApplyContext
    ) throws(Refusal) -> QueueOutcome {
        try check(byteCount: push.value.count)
        let growth = queues.growth(by: push, to: name)
        guard growth <= 0 || queues.ledger.byteCount + growth <= QueueTable.byteCountMax else {
            throw .queue(name, .full(byteCountMax: UInt64(QueueTable.byteCountMax)))
        }
        try checkCoordinationRoom(growth: growth)
        let (id, time) = (context.index, context.time)
        let pushed = changeQueues { $0.push(push, to: name, id: id, at: time) }
        if pushed.presence == .new, push.delayMilliseconds == 0 { context.note(available: name) }
        return .pushed(id: pushed.id, pushed.presence)
    }

    /// Ends what the time ends of delays and visibilities, as far as a turn's slice reaches.
    mutating func endQueued(_ context: inout ApplyContext) {
        let time = context.time
        let available = changeQueues { queues in
            var available: [QueueName] = []
            while available.count < Self.sweepCountMax, let name = queues.endFirst(at: time) {
                available.append(name)
            }
            return available
        }
        for name in available { context.note(available: name) }
    }
}

extension ApplyContext {
    /// One more item can be taken than before.
    fileprivate mutating func note(available queue: QueueName) {
        contestEvents.append(.available(queue))
    }
}

// MARK: - Looks

/// A queue as it stands.
package struct QueueStanding: Hashable, Sendable {
    package let name: QueueName
    /// Items that can be taken.
    package let readyCount: Int
    package let delayedCount: Int
    /// Items that somebody has.
    package let takenCount: Int
    /// How long ago the oldest of all of them was pushed; nil where there are none.
    package let oldestMilliseconds: UInt64?
    package let settings: QueueSettings?
    /// How many items lie where its dead go.
    package let deadCount: Int
}

/// An item that lies in a queue.
package struct QueuedItem: Hashable, Sendable {
    package let id: UInt64
    package let value: [UInt8]
    package let key: Key?
    package let priority: Int32
    /// How often it was taken.
    package let tryCount: UInt32
    package let ageMilliseconds: UInt64
}

extension Keyspace {
    /// The queue of that name; one of which nothing is known is empty.
    ///
    /// - Complexity: O(log *n*)
    package func queue(_ name: QueueName) -> QueueStanding {
        let queue = queues[name]
        let dead = queue?.settings.flatMap { queues[$0.dead]?.items.count }
        return QueueStanding(
            name: name,
            readyCount: queue?.ready.count ?? 0,
            delayedCount: queue?.delayedCount ?? 0,
            takenCount: queue?.takenCount ?? 0,
            oldestMilliseconds: queue?.items.first?.value.age(at: clock),
            settings: queue?.settings,
            deadCount: dead ?? 0
        )
    }

    /// At most `countMax` queues after `name`, in the order of names.
    package func queues(after name: QueueName, countMax: Int) -> [QueueStanding] {
        queues.queues.elements(after: name).prefix(countMax).map { queue($0.key) }
    }

    /// Whether something can be taken from the queue.
    package func hasAvailable(_ name: QueueName) -> Bool {
        !(coordination.content?.queues[name]?.ready.isEmpty ?? true)
    }

    /// The item that a take would give out.
    package func firstItem(of name: QueueName) -> QueuedItem? {
        guard let queue = queues[name], let id = queue.ready.first?.key.id,
            let item = queue.items[id]
        else { return nil }
        return QueuedItem(
            id: id,
            value: item.value,
            key: item.key,
            priority: item.priority,
            tryCount: item.tryCount,
            ageMilliseconds: item.age(at: clock)
        )
    }

    /// How many items lie in all queues, and how many bytes they take.
    package var queueTableSize: (count: Int, byteCount: Int) {
        (queues.ledger.itemCount, queues.ledger.byteCount)
    }
}
