internal import Bytes

/// Names one watcher of this member.
package struct WatcherID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Who follows what: finds the watchers of a changed key without asking each of them.
///
/// Selections are kept under the path they name, apart by extent, so that a change looks at the
/// key itself and at each of its ancestors.
package struct WatchIndex: Sendable {
    /// The watchers of one path, in ascending order.
    private struct Watchers: Sendable {
        var ofKey: [WatcherID] = []
        var ofSubtree: [WatcherID] = []

        var isEmpty: Bool { ofKey.isEmpty && ofSubtree.isEmpty }
    }

    private var filters: [WatcherID: WatchFilter] = [:]
    private var watchers: [Path: Watchers] = [:]

    package init() {}

    /// How many watchers there are.
    package var count: Int { filters.count }

    /// What the watcher follows; nil when it is unknown.
    package func filter(of watcher: WatcherID) -> WatchFilter? { filters[watcher] }

    /// Registers a watcher, in place of what it followed before.
    ///
    /// - Complexity: O(selections · log watchers of the path), when the newest come with the
    ///   greatest ids.
    package mutating func insert(_ watcher: WatcherID, filter: WatchFilter) {
        remove(watcher)
        filters[watcher] = filter
        for selection in filter.selections {
            switch selection.extent {
            case .key: watchers[selection.path, default: Watchers()].ofKey.insert(watcher)
            case .subtree: watchers[selection.path, default: Watchers()].ofSubtree.insert(watcher)
            }
        }
        assert(isIndexed(watcher, by: filter), "watcher \(watcher.rawValue) is not found")
    }

    /// Whether each of the filter's selections leads to the watcher, once.
    ///
    /// - Complexity: O(selections · watchers of the path)
    func isIndexed(_ watcher: WatcherID, by filter: WatchFilter) -> Bool {
        filter.selections.allSatisfy { selection in
            let listed = watchers[selection.path].map { watchers in
                selection.extent == .key ? watchers.ofKey : watchers.ofSubtree
            }
            return listed?.count { $0 == watcher } == 1
        }
    }

    /// How often watchers are listed under the paths that they follow, over all paths.
    ///
    /// - Complexity: O(*n*)
    var listedCount: Int {
        watchers.values.reduce(0) { $0 + $1.ofKey.count + $1.ofSubtree.count }
    }

    /// Forgets a watcher; nothing happens when it is unknown.
    ///
    /// - Complexity: O(selections · watchers of the path), moving eight bytes each.
    package mutating func remove(_ watcher: WatcherID) {
        guard let filter = filters.removeValue(forKey: watcher) else { return }
        for selection in filter.selections {
            guard let index = watchers.index(forKey: selection.path) else { continue }
            switch selection.extent {
            case .key: watchers.values[index].ofKey.remove(watcher)
            case .subtree: watchers.values[index].ofSubtree.remove(watcher)
            }
            if watchers.values[index].isEmpty { watchers.remove(at: index) }
        }
        assert(isForgotten(watcher, by: filter), "watcher \(watcher.rawValue) is still found")
    }

    /// Whether none of the filter's selections leads to the watcher.
    ///
    /// - Complexity: O(selections · watchers of the path)
    func isForgotten(_ watcher: WatcherID, by filter: WatchFilter) -> Bool {
        filter.selections.allSatisfy { selection in
            guard let watchers = watchers[selection.path] else { return true }
            let listed = selection.extent == .key ? watchers.ofKey : watchers.ofSubtree
            return !listed.contains(watcher)
        }
    }

    /// The watchers whose filter selects `key`, each once, in ascending order.
    ///
    /// - Complexity: O(depth + matches · log matches); O(1) without watchers.
    package func watchers(of key: Path) -> [WatcherID] {
        guard !filters.isEmpty else { return [] }
        var found = watchers[key]?.ofKey ?? []
        var listCount = found.isEmpty ? 0 : 1
        var ancestor: Path? = key
        while let path = ancestor {
            ancestor = path.parent
            // The root is the only ancestor of the service's own records that does not name them.
            if path == .root, key.isAtOrBelow(.reserved) { break }
            guard let below = watchers[path]?.ofSubtree, !below.isEmpty else { continue }
            found = found.isEmpty ? below : found + below
            listCount += 1
        }
        guard listCount > 1 else { return found }
        found.sort()
        var distinct: [WatcherID] = []
        distinct.reserveCapacity(found.count)
        for watcher in found where distinct.last != watcher { distinct.append(watcher) }
        return distinct
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
    fileprivate mutating func insert(_ watcher: WatcherID) {
        let index = position(of: watcher)
        guard index == count || self[index] != watcher else { return }
        insert(watcher, at: index)
    }

    fileprivate mutating func remove(_ watcher: WatcherID) {
        let index = position(of: watcher)
        guard index < count, self[index] == watcher else { return }
        remove(at: index)
    }
}
