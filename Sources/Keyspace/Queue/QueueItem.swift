internal import Bytes

/// An item of a queue.
struct QueueItem: Sendable {
    /// Where it is in its life.
    enum Standing: Hashable, Sendable {
        case ready
        /// It can be taken after that.
        case delayed(until: ClusterTime)
        /// Somebody has it, until after that.
        case taken(until: ClusterTime)

        /// What the time alone changes, and after when.
        var deadline: ClusterTime? {
            switch self {
            case .ready: nil
            case .delayed(let end), .taken(let end): end
            }
        }
    }

    let value: [UInt8]
    /// None of another item in the queue.
    var key: Key?
    let priority: Int32
    /// When it was pushed.
    let since: ClusterTime
    var tryCount: UInt32 = 0
    /// Of the last take, as long as that one may still say what becomes of it.
    var token: QueueToken?
    var standing = Standing.ready

    /// What it counts for beside its bytes: array headers and elements of maps.
    static let overheadByteCount = 192

    var byteCount: Int { value.count + (key?.bytes.count ?? 0) + Self.overheadByteCount }

    /// What does not change as long as it is in its queue.
    func contentItem(_ id: UInt64, in queue: QueueName) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.queueItem)
        item.combine(queue.bytes.span)
        item.combine(id)
        item.combine(value.span)
        item.combine(UInt64(key == nil ? 0 : 1))
        if let key { item.combine(key.bytes.span) }
        item.combine(UInt64(UInt32(bitPattern: priority)))
        item.combine(since.rawValue)
        return item
    }

    /// What changes.
    func standingItem(_ id: UInt64, in queue: QueueName) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.queueStanding)
        item.combine(queue.bytes.span)
        item.combine(id)
        item.combine(UInt64(tryCount))
        item.combine(token?.rawValue ?? 0)
        switch standing {
        case .ready: item.combine(UInt64(0))
        case .delayed(let end):
            item.combine(UInt64(1))
            item.combine(end.rawValue)
        case .taken(let end):
            item.combine(UInt64(2))
            item.combine(end.rawValue)
        }
        return item
    }
}

/// When an item's turn comes: by priority, then by age.
struct QueueRank: Hashable, Comparable, Sendable {
    let priority: Int32
    let id: UInt64

    static func < (left: QueueRank, right: QueueRank) -> Bool {
        left.priority == right.priority ? left.id < right.id : left.priority > right.priority
    }
}
