internal import Bytes

/// The name of a queue; the names of queues are a space of their own.
package struct QueueName: Hashable, Comparable, Sendable {
    /// As `Contest.isValid(name:)` has it.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isValid: Bool { Contest.isValid(name: bytes) }

    package static func < (left: QueueName, right: QueueName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// The fencing token of a take: the log index of its entry. It only grows, for all queues together.
package struct QueueToken: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// One step of a queue.
package struct QueueRequest: Hashable, Sendable {
    package let queue: QueueName
    package let act: Act

    package init(_ queue: QueueName, act: Act) {
        self.queue = queue
        self.act = act
    }

    /// What is done.
    package enum Act: Hashable, Sendable {
        case push(QueuePush)
        /// Gives the first item out, and hides it for so long.
        case take(visibleMilliseconds: UInt64)
        /// Ends what was done to an item that was taken.
        case settle(QueueToken, Settlement)
        /// Removes every item, and what is set of the queue.
        case purge
    }

    /// What becomes of an item that was taken.
    package enum Settlement: Hashable, Sendable {
        /// It is done, and goes.
        case acknowledged
        /// It failed: it comes again after so long, or goes where the dead go.
        case failed(delayMilliseconds: UInt64)
        /// Nobody saw it: it comes again at once, and the try does not count.
        case undelivered
        /// It stays hidden for so long from now on.
        case extended(visibleMilliseconds: UInt64)
    }

    /// For how long an item may be hidden by one step: 1 s to 30 d.
    package static let visibleMillisecondsRange: ClosedRange<UInt64> = 1_000...30 * 24 * 3_600_000

    /// The longest delay: 30 d.
    package static let delayMillisecondsMax: UInt64 = 30 * 24 * 3_600_000

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        guard queue.isValid else { return false }
        switch act {
        case .push(let push): return push.isWellFormed(in: queue)
        case .take(let milliseconds), .settle(_, .extended(let milliseconds)):
            return Self.visibleMillisecondsRange.contains(milliseconds)
        case .settle(_, .failed(let milliseconds)):
            return milliseconds <= Self.delayMillisecondsMax
        case .settle(_, .acknowledged), .settle(_, .undelivered), .purge: return true
        }
    }

    /// Everything that it names and may change.
    var names: [[UInt8]] {
        guard case .push(let push) = act, let settings = push.settings else {
            return [queue.bytes]
        }
        return [queue.bytes, settings.dead.bytes]
    }
}

/// An item for a queue.
package struct QueuePush: Hashable, Sendable {
    /// Any bytes, at most `ClusterSettings.valueByteCountMax`.
    package let value: [UInt8]
    /// While an item of that key is in the queue, no other one of it comes in; nil is none.
    package let key: Key?
    /// Items of a higher one are taken first.
    package let priority: Int32
    /// How long it is there before it can be taken.
    package let delayMilliseconds: UInt64
    /// What is set of the queue from now on; nil leaves that as it is.
    package let settings: QueueSettings?

    /// The longest key, in bytes.
    package static let keyByteCountMax = 255

    package init(
        value: [UInt8],
        key: Key? = nil,
        priority: Int32 = 0,
        delayMilliseconds: UInt64 = 0,
        settings: QueueSettings? = nil
    ) {
        self.value = value
        self.key = key
        self.priority = priority
        self.delayMilliseconds = delayMilliseconds
        self.settings = settings
    }

    fileprivate func isWellFormed(in queue: QueueName) -> Bool {
        value.count <= ClusterSettings.valueByteCountLimit
            && key?.bytes.count ?? 1 <= Self.keyByteCountMax
            && delayMilliseconds <= QueueRequest.delayMillisecondsMax
            && settings?.isWellFormed(of: queue) ?? true
    }
}

/// How often items may be tried, and where they go then.
package struct QueueSettings: Hashable, Sendable {
    /// 1 to `tryCountLimit`.
    package let tryCountMax: UInt32
    /// Another queue.
    package let dead: QueueName

    /// The most tries that may be set.
    package static let tryCountLimit: UInt32 = 1_000

    package init(tryCountMax: UInt32, dead: QueueName) {
        self.tryCountMax = tryCountMax
        self.dead = dead
    }

    func isWellFormed(of queue: QueueName) -> Bool {
        (1...Self.tryCountLimit).contains(tryCountMax) && dead.isValid && dead != queue
    }
}
