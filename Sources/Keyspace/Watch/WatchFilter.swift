/// Which changes a watch follows: those of keys in any of its ranges, of the kinds it asks for.
package struct WatchFilter: Hashable, Sendable {
    /// Which kinds of changes are followed.
    package enum Kinds: UInt8, Hashable, Sendable {
        case all = 0
        case puts = 1
        case deletes = 2
    }

    /// A change concerns the watch when one of them has its key.
    package let ranges: [KeyRange]
    /// What else it must be.
    package let kinds: Kinds

    package init(ranges: [KeyRange], kinds: Kinds = .all) {
        self.ranges = ranges
        self.kinds = kinds
    }

    /// Whether a change of `key` concerns the watch, if its kind does.
    package func matches(_ key: Key) -> Bool { ranges.contains { $0.contains(key) } }

    /// Whether an event concerns the watch.
    package func matches(_ event: Event) -> Bool {
        follows(event.change.isPut) && matches(event.key)
    }

    /// Whether changes of that kind concern the watch.
    func follows(_ isPut: Bool) -> Bool {
        switch kinds {
        case .all: true
        case .puts: isPut
        case .deletes: !isPut
        }
    }
}
