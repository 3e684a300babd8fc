internal import Bytes

/// Names one watcher of this member.
package struct WatcherID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Who follows what: finds the watchers of a changed key without asking each of them.
///
/// A key, a subtree and a prefix are found by a look at the key and at parts of it that it begins
/// with; other intervals are asked one by one.
package struct WatchIndex: Sendable {
    /// The watchers that are listed under some bytes, by what they follow; each list ascends.
    private struct Watchers: Sendable {
        /// The key of those bytes.
        var ofKey: [WatcherID] = []
        /// That key, and whatever begins with it and a slash.
        var ofSubtree: [WatcherID] = []
        /// Whatever begins with the bytes.
        var ofPrefix: [WatcherID] = []

        var isEmpty: Bool { ofKey.isEmpty && ofSubtree.isEmpty && ofPrefix.isEmpty }

        var count: Int { ofKey.count + ofSubtree.count + ofPrefix.count }
    }

    /// Where a range's watchers are listed.
    private struct Place: Sendable {
        let bytes: Key
        let list: any WritableKeyPath<Watchers, [WatcherID]> & Sendable

        /// nil for an interval that is no prefix.
        init?(_ range: KeyRange) {
            switch range {
            case .key(let key): (bytes, list) = (key, \.ofKey)
            case .subtree(let root): (bytes, list) = (root, \.ofSubtree)
            case .interval(let from, let to):
                guard from.prefixEnd == to else { return nil }
                (bytes, list) = (Key(unchecked: from), \.ofPrefix)
            }
        }

        var isPrefix: Bool { list == \.ofPrefix }
    }

    private struct Interval: Sendable {
        let range: KeyRange
        let watcher: WatcherID
    }

    private var filters: [WatcherID: WatchFilter] = [:]
    private var watchers: [Key: Watchers] = [:]
    /// How many ranges are prefixes of that length; a key is looked up by these alone.
    private var prefixLengths = SortedMap<Int, Int>()
    private var intervals: [Interval] = []

    package init() {}

    /// How many watchers there are.
    package var count: Int { filters.count }

    /// What the watcher follows; nil when it is unknown.
    package func filter(of watcher: WatcherID) -> WatchFilter? { filters[watcher] }

    /// Registers a watcher, in place of what it followed before.
    ///
    /// - Complexity: O(ranges · log watchers of the place), when the newest come with the
    ///   greatest ids.
    package mutating func insert(_ watcher: WatcherID, filter: WatchFilter) {
        remove(watcher)
        filters[watcher] = filter
        for range in filter.ranges {
            guard let place = Place(range) else {
                let isListed = intervals.suffix(filter.ranges.count).contains {
                    $0.watcher == watcher && $0.range == range
                }
                if !isListed { intervals.append(Interval(range: range, watcher: watcher)) }
                continue
            }
            let isListed = watchers[place.bytes, default: Watchers()][keyPath: place.list]
                .insert(watcher)
            if isListed { notePrefix(place, change: 1) }
        }
        assert(isIndexed(watcher, by: filter), "watcher \(watcher.rawValue) is not found")
    }

    private mutating func notePrefix(_ place: Place, change: Int) {
        guard place.isPrefix else { return }
        let length = place.bytes.bytes.count
        let count = (prefixLengths[length] ?? 0) + change
        if count == 0 {
            prefixLengths.remove(length)
        } else {
            prefixLengths.insert(count, for: length)
        }
    }

    /// Whether each of the filter's ranges leads to the watcher, once.
    ///
    /// - Complexity: O(ranges · watchers of the place)
    func isIndexed(_ watcher: WatcherID, by filter: WatchFilter) -> Bool {
        filter.ranges.allSatisfy { range in
            guard let place = Place(range) else {
                return intervals.contains { $0.watcher == watcher && $0.range == range }
            }
            return watchers[place.bytes]?[keyPath: place.list].count { $0 == watcher } == 1
        }
    }

    /// How often watchers are listed, over all places and intervals.
    ///
    /// - Complexity: O(*n*)
    var listedCount: Int { watchers.values.reduce(intervals.count) { $0 + $1.count } }

    /// Forgets a watcher; nothing happens when it is unknown.
    ///
    /// - Complexity: O(ranges · watchers of the place), moving eight bytes each.
    package mutating func remove(_ watcher: WatcherID) {
        guard let filter = filters.removeValue(forKey: watcher) else { return }
        var hasIntervals = false
        for range in filter.ranges {
            guard let place = Place(range) else {
                hasIntervals = true
                continue
            }
            guard let index = watchers.index(forKey: place.bytes) else { continue }
            let wasListed = watchers.values[index][keyPath: place.list].remove(watcher)
            if wasListed { notePrefix(place, change: -1) }
            if watchers.values[index].isEmpty { watchers.remove(at: index) }
        }
        if hasIntervals { intervals.removeAll { $0.watcher == watcher } }
        assert(isForgotten(watcher, by: filter), "watcher \(watcher.rawValue) is still found")
    }

    /// Whether none of the filter's ranges leads to the watcher.
    ///
    /// - Complexity: O(ranges · watchers of the place)
    func isForgotten(_ watcher: WatcherID, by filter: WatchFilter) -> Bool {
        filter.ranges.allSatisfy { range in
            guard let place = Place(range) else {
                return !intervals.contains { $0.watcher == watcher }
            }
            return watchers[place.bytes]?[keyPath: place.list].contains(watcher) != true
        }
    }

    /// The watchers with a range that has `key`, each once, in ascending order, whatever kinds of
    /// changes they follow.
    ///
    /// - Complexity: O(depth + prefix lengths + intervals + matches · log matches); O(1) without
    ///   watchers.
    package func watchers(of key: Key) -> [WatcherID] {
        guard !filters.isEmpty else { return [] }
        let isReserved = key.isReserved
        var found = Found()
        if let listed = watchers[key] {
            found.add(listed.ofKey)
            found.add(listed.ofSubtree)
        }
        addAncestors(of: key, isReserved: isReserved, to: &found)
        for length in prefixLengths.elements where length.key <= key.bytes.count {
            let prefix = Key(unchecked: Array(key.bytes[..<length.key]))
            if isReserved, !prefix.isReserved { continue }
            if let listed = watchers[prefix] { found.add(listed.ofPrefix) }
        }
        for interval in intervals where interval.range.contains(key) {
            found.add([interval.watcher])
        }
        return found.inOrder
    }

    /// The subtrees whose root the key begins with before a slash. The service's own records are
    /// below no root but their own.
    private func addAncestors(of key: Key, isReserved: Bool, to found: inout Found) {
        var end = key.bytes.count
        while let slash = key.bytes[..<end].lastIndex(of: UInt8(ascii: "/")), slash > 0 {
            end = slash
            let root = Key(unchecked: Array(key.bytes[..<slash]))
            if isReserved, !root.isReserved { return }
            if let listed = watchers[root] { found.add(listed.ofSubtree) }
        }
        guard !isReserved, key.bytes.count > 1, key.bytes[0] == UInt8(ascii: "/") else { return }
        if let listed = watchers[.root] { found.add(listed.ofSubtree) }
    }

    /// Watchers from several lists, each of which ascends.
    private struct Found {
        private var watchers: [WatcherID] = []
        private var listCount = 0

        mutating func add(_ list: [WatcherID]) {
            guard !list.isEmpty else { return }
            listCount += 1
            watchers = watchers.isEmpty ? list : watchers + list
        }

        /// Each once, in ascending order.
        var inOrder: [WatcherID] {
            guard listCount > 1 else { return watchers }
            var distinct: [WatcherID] = []
            distinct.reserveCapacity(watchers.count)
            for watcher in watchers.sorted() where distinct.last != watcher {
                distinct.append(watcher)
            }
            return distinct
        }
    }
}

extension [WatcherID] {
    /// Where the watcher is in the ascending list, or would be.
    private func position(of watcher: WatcherID) -> Int {
        if let last, last < watcher { return count }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < watcher { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Inserts the watcher in ascending order, once.
    /// - Returns: whether it was not there.
    fileprivate mutating func insert(_ watcher: WatcherID) -> Bool {
        let index = position(of: watcher)
        guard index == count || self[index] != watcher else { return false }
        insert(watcher, at: index)
        return true
    }

    /// - Returns: whether it was there.
    fileprivate mutating func remove(_ watcher: WatcherID) -> Bool {
        let index = position(of: watcher)
        guard index < count, self[index] == watcher else { return false }
        remove(at: index)
        return true
    }
}
