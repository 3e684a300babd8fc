/// What a step of a queue came to.
package enum QueueOutcome: Hashable, Sendable {
    /// The item is in the queue.
    ///
    /// - Parameter id: the log index of its push.
    case pushed(id: UInt64, Presence)
    case taken(QueueDelivery)
    /// Nothing can be taken now.
    case empty
    case acknowledged
    /// It is not the caller's any more.
    case returned(Whereabouts)
    /// It is hidden for so long from now on.
    case extended(visibleMilliseconds: UInt64)
    case purged(count: UInt64)

    /// Whether an item came in by a push.
    package enum Presence: UInt8, Hashable, Sendable {
        case new = 0
        /// An item of its key is there, and nothing changed.
        case already = 1
    }

    /// Where an item is that was given up.
    package enum Whereabouts: UInt8, Hashable, Sendable {
        /// It can be taken.
        case ready = 0
        case delayed = 1
        /// In the queue of those that were tried too often.
        case dead = 2
    }
}

/// An item as who took it gets it.
package struct QueueDelivery: Hashable, Sendable {
    package let id: UInt64
    package let token: QueueToken
    package let value: [UInt8]
    package let key: Key?
    package let priority: Int32
    /// How often it was taken, this time included.
    package let tryCount: UInt32
    /// For how long it is hidden from now on.
    package let visibleMilliseconds: UInt64
    /// How long ago it was pushed.
    package let ageMilliseconds: UInt64

    package init(
        id: UInt64,
        token: QueueToken,
        value: [UInt8],
        key: Key?,
        priority: Int32,
        tryCount: UInt32,
        visibleMilliseconds: UInt64,
        ageMilliseconds: UInt64
    ) {
        self.id = id
        self.token = token
        self.value = value
        self.key = key
        self.priority = priority
        self.tryCount = tryCount
        self.visibleMilliseconds = visibleMilliseconds
        self.ageMilliseconds = ageMilliseconds
    }
}

/// Why a step of a queue changed nothing.
package enum QueueRefusal: Hashable, Sendable {
    /// No item is in the queue that was last taken with that token.
    case tokenLost(QueueToken)
    /// The items of all queues would take more than that. Not stored.
    case full(byteCountMax: UInt64)

    /// Whether a retry with the same idempotency key gets it again.
    var isKept: Bool {
        switch self {
        case .tokenLost: true
        case .full: false
        }
    }
}
