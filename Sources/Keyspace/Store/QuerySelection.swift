internal import Bytes

/// The keys that a query may tell, gathered in the order of keys: never many more than its limit.
struct QuerySelection {
    /// How many items beyond twice the limit are gathered before the last are dropped, so that
    /// a low limit does not sort at every key.
    private static let slackCount = 64

    private struct Item {
        let key: Key
        /// What it is sorted by, but for values.
        let rank: UInt64
        /// What it is sorted by; empty unless that is the value.
        let value: [UInt8]
        /// How many were added before it.
        let position: UInt64

        /// Whether it comes first in ascending order; no two items are equal.
        func precedes(_ other: Item) -> Bool {
            guard rank == other.rank else { return rank < other.rank }
            switch value.span.order(to: other.value.span) {
            case .less: return true
            case .greater: return false
            case .equal: return position < other.position
            }
        }
    }

    let query: RangeQuery
    /// At most `2 * limit + slackCount`, if there is a limit.
    private var items: [Item] = []
    private var addedCount: UInt64 = 0
    /// Whether the limit leaves something out.
    private(set) var isCut = false
    private let limit: Int

    init(_ query: RangeQuery) {
        self.query = query
        limit = query.limit == 0 ? .max : Int(clamping: query.limit)
    }

    /// How many keys would be told of those added.
    var toldCount: Int { min(limit, items.count) }

    /// Whether what is still added would not be told.
    var isComplete: Bool {
        query.isInOrderOfKeys && items.count >= limit
    }

    /// Notes that there is something that is not told.
    mutating func cut() { isCut = true }

    /// Adds the next key.
    ///
    /// - Parameter value: the key's, if it is sorted by; else empty.
    /// - Complexity: O(log limit) comparisons, amortised.
    mutating func add(_ key: Key, head: VersionHead, value: [UInt8]) {
        let item = Item(
            key: key,
            rank: query.field.rank(of: head),
            value: value,
            position: addedCount
        )
        items.append(item)
        addedCount += 1
        guard items.count > limit else { return }
        isCut = true
        if items.count - limit > limit + Self.slackCount { drop() }
    }

    /// What is told, in the query's order.
    mutating func told() -> [Key] {
        drop()
        return items.map(\.key)
    }

    /// Sorts, and drops what is past the limit.
    private mutating func drop() {
        if planted(.limitBeforeOrder) { items.removeLast(max(0, items.count - limit)) }
        let isAscending = query.direction == .ascending
        items.sort { left, right in
            isAscending ? left.precedes(right) : right.precedes(left)
        }
        if items.count > limit { items.removeLast(items.count - limit) }
    }
}

extension RangeQuery.Field {
    /// What a record is sorted by; the same for all in the order of keys, and of values.
    fileprivate func rank(of head: VersionHead) -> UInt64 {
        switch self {
        case .key, .value: 0
        case .version: head.version
        case .createRevision: head.createRevision.rawValue
        case .modRevision: head.modRevision.rawValue
        }
    }
}
