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
            let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
            let other = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...1: return .key(key)
            case 2...3: return .subtree(key)
            case 4:
                return .prefix(Array(key.bytes.prefix(Int.random(in: 0...4, using: &generator))))
            case 5: return .prefix(key.bytes)
            case 6: return .interval(from: key.bytes, to: nil)
            default: return .interval(from: key.bytes, to: other.bytes)
            }
        }
        for _ in 0..<200 {
            let watcher = WatcherID(rawValue: UInt64.random(in: 0..<40, using: &generator))
            filters.removeAll { $0.watcher == watcher }
            if Bool.random(using: &generator) {
                let count = Int.random(in: 1...4, using: &generator)
                let filter = WatchFilter(
                    ranges: (0..<count).map { _ in selection() },
                    kinds: [.all, .puts, .deletes].randomElement(using: &generator) ?? .all
                )
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
            for key in Self.keys {
                let expected = filters.filter { watch in
                    watch.filter.ranges.contains { HistoryModel.contains(key, in: $0) }
                }
                .map(\.watcher).sorted()
                #expect(index.watchers(of: key) == expected, "\(key)")
            }
        }
    }

    /// Paths that lie in each other's way, and keys that are no paths.
    private static let keys: [Key] =
        StoreKeys.all
        + ["a", "a/b", "//", "//a", "/a/", "/a//b", "/.roost/", "/.roost//x"].map(path)
        + [[0], [0, 97], [0xFF], [0xFF, 0xFF], [0x2F, 0xFF]].map { Key(unchecked: $0) }

    @Test("events read from history are those of the ranges and kinds that are followed")
    func history() throws {
        var scenario = StoreScenario(seed: 5, keys: Self.keys)
        for _ in 0..<80 {
            scenario.store.begin(at: .zero)
            for _ in 0..<3 {
                let key = scenario.key()
                if Bool.random(using: &scenario.generator) {
                    scenario.store.put(key, value: key.bytes)
                } else {
                    scenario.store.delete(key)
                }
            }
            scenario.model.events += scenario.store.commit()
        }
        let ranges: [KeyRange] =
            [
                .all, .subtree(.root), .subtree(.reserved), .subtree(path("/a")),
                .subtree(path("a")), .prefix(bytes("/a")), .prefix([0xFF]), .key(path("/a/")),
                .interval(from: bytes("/a"), to: bytes("/b/1")),
                .interval(from: bytes("/.roost/"), to: nil), .interval(from: [1], to: [0]),
            ]
        var seen = 0
        for range in ranges {
            for kinds in [WatchFilter.Kinds.all, .puts, .deletes] {
                let filter = WatchFilter(ranges: [range, .key(path("/d/e"))], kinds: kinds)
                let expected = scenario.model.events.filter { event in
                    let isFollowed: Bool
                    switch (kinds, event.change) {
                    case (.all, _), (.puts, .put), (.deletes, .delete): isFollowed = true
                    case (.puts, .delete), (.deletes, .put): isFollowed = false
                    }
                    return isFollowed
                        && (HistoryModel.contains(event.key, in: range)
                            || event.key == path("/d/e"))
                }
                let start = EventID(revision: .initial, sub: 0)
                let slice = try scenario.store.events(
                    from: start,
                    filter: filter,
                    byteCountMax: .max
                )
                #expect(slice.events == expected, "\(range) \(kinds)")
                #expect(scenario.model.events.filter(filter.matches) == expected)
                seen += expected.count
            }
        }
        #expect(seen > 500)
    }

    @Test("a range that covers another has each of its keys; ranges with a common key overlap")
    func covers() {
        var generator = SplitMix64(seed: 3)
        var covering = 0
        for _ in 0..<4_000 {
            func range() -> KeyRange {
                let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
                let other = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: return .key(key)
                case 1: return .subtree(key)
                case 2: return .prefix(Array(key.bytes.prefix(2)))
                case 3: return .interval(from: key.bytes, to: other.bytes)
                default: return .interval(from: key.bytes, to: nil)
                }
            }
            let (one, other) = (range(), range())
            let inOne = Self.keys.filter { HistoryModel.contains($0, in: one) }
            let inOther = Self.keys.filter { HistoryModel.contains($0, in: other) }
            if one.covers(other) {
                covering += 1
                #expect(inOther.allSatisfy { inOne.contains($0) }, "\(one) \(other)")
            }
            if case .key(let key) = other { #expect(one.covers(other) == inOne.contains(key)) }
            #expect(one.covers(one))
            if inOne.contains(where: { inOther.contains($0) }) {
                #expect(one.overlaps(other), "\(one) \(other)")
            }
            #expect(one.overlaps(other) == other.overlaps(one))
        }
        #expect(covering > 100)
    }
}
