import Bytes
import Testing

@testable import Keyspace

@Suite("WatchIndex: finds exactly the watchers whose filter matches (http-api.md, Watches)")
struct WatchIndexTests {
    @Test("as asking each filter, while watchers come and go", arguments: UInt64(1)...10)
    func agreesWithFilters(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var index = WatchIndex()
        var filters: [(watcher: WatcherID, filter: WatchFilter)] = []
        func selection() -> KeyRange {
            let path = StoreKeys.parents[
                Int.random(in: 0..<StoreKeys.parents.count, using: &generator)
            ]
            return Bool.random(using: &generator) ? KeyRange.key(path) : .subtree(path)
        }
        for _ in 0..<200 {
            let watcher = WatcherID(rawValue: UInt64.random(in: 0..<40, using: &generator))
            filters.removeAll { $0.watcher == watcher }
            if Bool.random(using: &generator) {
                let count = Int.random(in: 1...4, using: &generator)
                let filter = WatchFilter(ranges: (0..<count).map { _ in selection() })
                index.insert(watcher, filter: filter)
                filters.append((watcher, filter))
                #expect(index.filter(of: watcher) == filter)
            } else {
                index.remove(watcher)
                #expect(index.filter(of: watcher) == nil)
            }
            #expect(index.count == filters.count)
            #expect(filters.allSatisfy { index.isIndexed($0.watcher, by: $0.filter) })
            #expect(
                index.listedCount == filters.reduce(0) { $0 + Set($1.filter.ranges).count }
            )
            for key in StoreKeys.all {
                let expected = filters.filter { $0.filter.matches(key) }.map(\.watcher).sorted()
                #expect(index.watchers(of: key) == expected, "\(key)")
            }
        }
    }
}
