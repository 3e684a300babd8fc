internal import Bytes
internal import Keyspace

/// The store and the index of who follows what.
enum StoreWork {
    private static let watcherCount = 10_000

    static var all: [Work] {
        [
            Work(name: "store-put-existing", count: 3000) { _ in
                let shelf = Shelf(keyCount: Material.keyCount)
                let keys = (0..<Material.keyCount).map { Material.key($0) }
                return { count in shelf.put(0..<count) { keys[$0 % keys.count] } }
            },
            Work(name: "store-put-new", count: 3000) { limit in
                let shelf = Shelf(keyCount: Material.keyCount)
                let keys = (0..<limit).map { Key(unchecked: Array("/new/key\($0)".utf8)) }
                return { count in shelf.put(0..<count) { keys[$0] } }
            },
            Work(name: "store-get", count: 10_000) { _ in
                let shelf = Shelf(keyCount: Material.keyCount)
                return { shelf.get($0) }
            },
            Work(name: "apply-put", count: 3000) { _ in
                let shelf = Shelf(keyCount: Material.keyCount)
                return { shelf.apply($0) }
            },
            Work(name: "watch-match", count: 5000) { _ in
                let index = watchers()
                let keys = (0..<Material.keyCount).map { Material.key($0) }
                return { count in
                    var trace: UInt64 = 0
                    for number in 0..<count {
                        trace &+= UInt64(index.watchers(of: keys[number % keys.count]).count)
                    }
                    return trace
                }
            },
        ]
    }

    /// Ten watchers of each key, but for two that follow everything.
    private static func watchers() -> WatchIndex {
        var index = WatchIndex()
        for number in 0..<watcherCount {
            let selection =
                number < 2
                ? KeyRange.subtree(.root)
                : KeyRange.key(Material.key(number))
            index.insert(
                WatcherID(rawValue: UInt64(number)),
                filter: WatchFilter(ranges: [selection])
            )
        }
        return index
    }

    /// A keyspace with keys in it.
    private final class Shelf {
        private var keyspace = Keyspace()
        private let keys: [Key]
        private let payloads: [[UInt8]]

        init(keyCount: Int) {
            keys = (0..<keyCount).map { Material.key($0) }
            payloads = (0..<keyCount).map { Material.payload($0) }
            _ = apply(keyCount)
        }

        /// Puts keys, each in a change set of its own.
        func put(_ numbers: Range<Int>, key: (Int) -> Key) -> UInt64 {
            var store = keyspace.store
            keyspace = Keyspace()
            for number in numbers {
                store.begin(at: .zero)
                store.put(key(number), value: Material.value)
                _ = store.commit()
            }
            return store.revision.rawValue
        }

        func get(_ count: Int) -> UInt64 {
            var trace: UInt64 = 0
            for number in 0..<count {
                trace &+= keyspace.store.get(keys[number % keys.count])?.version ?? 0
            }
            return trace
        }

        /// Applies entries of the log.
        func apply(_ count: Int) -> UInt64 {
            for number in 0..<count {
                let applied = keyspace.apply(
                    index: keyspace.appliedIndex + 1,
                    time: .zero,
                    command: payloads[number % payloads.count]
                )
                if applied.events.count != 1 { Guard.fail("a put did not change one key") }
            }
            return keyspace.store.revision.rawValue
        }
    }
}
