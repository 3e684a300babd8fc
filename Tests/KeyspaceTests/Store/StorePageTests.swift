import Bytes
import Testing

@testable import Keyspace

@Suite("Store: listings in pages, deep and wide (http-api.md, Keys)")
struct StorePageTests {
    /// Some hundred keys of up to four segments, names sorting around the slash among them.
    private static let keys: [Key] = {
        var generator = SplitMix64(seed: 3)
        let names = ["a", "b", "a-", "a!", "a0", "ab", "é", ".roost", "z"]
        return (0..<700).map { _ in
            let depth = Int.random(in: 1...4, using: &generator)
            let segments = (0..<depth).map { _ in
                names[Int.random(in: 0..<names.count, using: &generator)]
                    + (Bool.random(using: &generator)
                        ? "\(Int.random(in: 0..<4, using: &generator))" : "")
            }
            return Key(unchecked: Array(("/" + segments.joined(separator: "/")).utf8))
        }
    }()

    private func pages(
        limit: Listing.PageLimit,
        page: (Key?) throws -> Listing
    ) rethrows -> [Listing.Item] {
        var items: [Listing.Item] = []
        var after: Key?
        while true {
            let listing = try page(after)
            #expect(listing.items.count <= limit.itemCount)
            items += listing.items
            guard let next = listing.next else { return items }
            #expect(!listing.items.isEmpty && next == listing.items.last?.key)
            after = next
        }
    }

    @Test("wide and deep trees read as the model, page by page, at old revisions too")
    func manyKeys() throws {
        var scenario = StoreScenario(seed: 8, keys: Self.keys)
        for _ in 0..<900 { #expect(scenario.change() == nil) }
        let (store, model) = (scenario.store, scenario.model)
        #expect(store.records.violations().isEmpty && store.directories.violations().isEmpty)
        #expect(store.records.count > 64 && store.directories.count > 64)
        for revision in [model.revision.rawValue, model.revision.rawValue / 2, 90] {
            let state = model.states[Int(revision)]
            let revision = Revision(rawValue: revision)
            for parent in [.root] + Self.keys.prefix(80) {
                let limit = Listing.PageLimit(itemCount: 5, byteCount: 60)
                let children = try pages(limit: limit) { after in
                    try store.children(of: parent, after: after, limit: limit, at: revision)
                }
                #expect(children == (try store.children(of: parent, at: revision).items))
                #expect(children.map(\.key) == state.listedChildren(of: parent))
                let subtree = try pages(limit: limit) { after in
                    try store.list(.subtree(parent), after: after, limit: limit, at: revision)
                }
                #expect(subtree.map(\.record) == state.subtree(of: parent))
            }
        }
    }

    @Test("a page ends at its items or bytes, and carries at least one item")
    func limits() throws {
        var store = Store()
        store.begin(at: .zero)
        let keys = (0..<5).map { Key(unchecked: Array("/k\($0)".utf8)) }
        for key in keys { store.put(key, value: [UInt8](repeating: 0, count: 97)) }
        _ = store.commit()
        func count(_ limit: Listing.PageLimit, content: Listing.Content) throws -> Int {
            try store.list(.subtree(.root), limit: limit, content: content).items.count
        }
        #expect(try count(.init(itemCount: 3, byteCount: .max), content: .keysAndValues) == 3)
        #expect(try count(.init(itemCount: 5, byteCount: .max), content: .keysAndValues) == 5)
        #expect(try count(.init(itemCount: 9, byteCount: 1), content: .keysAndValues) == 1)
        #expect(try count(.init(itemCount: 9, byteCount: 200), content: .keysAndValues) == 2)
        #expect(try count(.init(itemCount: 9, byteCount: 12), content: .keys) == 4)
        let named = try store.list(.subtree(.root), content: .keys).items
        #expect(named.allSatisfy { $0.record?.value == [] && $0.record?.version == 1 })
        #expect(
            try store.list(.subtree(.root), limit: .init(itemCount: 5, byteCount: .max)).next == nil
        )
    }

    @Test("an `after` that lies outside the listing, as a client may send it, does no harm")
    func foreignAfter() throws {
        var store = Store()
        store.begin(at: .zero)
        for key in StoreKeys.all { store.put(key, value: []) }
        _ = store.commit()
        let all = try store.list(.subtree(StoreKeys.all[1])).items
        let before = Key(unchecked: Array("/A".utf8))
        let behind = Key(unchecked: Array("/zzz".utf8))
        #expect(try store.list(.subtree(StoreKeys.all[1]), after: before).items == all)
        #expect(try store.list(.subtree(StoreKeys.all[1]), after: behind).items.isEmpty)
        #expect(try store.children(of: StoreKeys.all[1], after: behind).items.isEmpty)
        let children = try store.children(of: StoreKeys.all[1]).items
        #expect(try store.children(of: StoreKeys.all[1], after: before).items == children)
    }

    @Test("a key of twenty segments counts in each directory above it, and is forgotten in each")
    func deepKey() throws {
        var store = Store()
        let deep = Key(unchecked: Array((1...20).map { "/\($0)" }.joined().utf8))
        for round in 0..<2 {
            store.begin(at: .zero)
            store.put(deep, value: [])
            _ = store.commit()
            #expect(store.directories.count == 20, "round \(round)")
            store.begin(at: .zero)
            store.delete(deep)
            _ = store.commit()
            #expect(store.keyCount == 0)
        }
        #expect(store.loggedEvents().allSatisfy { $0.reach.directoryCount == 20 })
        for change in UInt64(1)...4 {
            let items = try store.children(of: .root, at: revision(change)).items
            #expect(items.map(\.childCount) == (change % 2 == 1 ? [1] : []))
        }
        store.begin(at: .zero)
        store.put(.root, value: [])
        _ = store.commit()
        try store.compact(to: store.revision)
        #expect(store.directories.count == 1 && store.records.count == 1)
        #expect(store.items == store.summedItems())
    }

    @Test("a key written a thousand times is read at each of its revisions")
    func longPast() throws {
        var store = Store()
        for number in UInt64(1)...1000 {
            store.begin(at: .zero)
            store.put(.root, value: [UInt8(truncatingIfNeeded: number)])
            _ = store.commit()
        }
        try store.compact(to: revision(401))
        for number in UInt64(401)...1000 {
            let record = try store.get(.root, at: revision(number))
            #expect(
                record?.version == number && record?.value == [UInt8(truncatingIfNeeded: number)]
            )
        }
        let record = store.records.value(for: Key.root.bytes)
        #expect(record?.versions(store.archive).count == 601)
        #expect(store.items == store.summedItems())
        #expect(store.lastChange(of: .root) == revision(1000))
        #expect(store.lastChange(of: .reserved) == revision(400))
    }
}
