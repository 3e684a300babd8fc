import Bytes
import Testing

@testable import Keyspace

@Suite("Store: every read against full copies of every revision (http-api.md, Keys)")
struct StoreReadTests {
    /// Random changes and compactions, then every kind of read at every revision that is left.
    @Test(arguments: UInt64(1)...12)
    func readsAtEveryRevision(seed: UInt64) throws {
        var scenario = StoreScenario(seed: seed)
        for round in 1...120 {
            #expect(scenario.change() == nil)
            if round % 40 == 0 { try scenario.compact() }
        }
        StoreReads.check(scenario.store, model: scenario.model)
        #expect(scenario.store.records.violations().isEmpty)
        #expect(scenario.store.directories.violations().isEmpty)
    }

    @Test("a tag of a past revision gives up by the keys that it walks, and one of now never does")
    func tagIsBounded() throws {
        var store = Store()
        store.begin(at: .zero)
        store.put(path("/a"), value: [])
        _ = store.commit()
        let past = store.revision
        store.begin(at: .zero)
        for key in ["/b", "/c", "/d"] { store.put(path(key), value: []) }
        _ = store.commit()
        let tag = TreeWrite.Tag(modRevision: past, keyCount: 1)
        #expect(try store.tag(of: .all, at: past, keyCountMax: 4) == tag)
        #expect(try store.tag(of: .all, at: past, keyCountMax: 3) == nil)
        #expect(try store.tag(of: .all, keyCountMax: 0)?.keyCount == 4)
    }
}
