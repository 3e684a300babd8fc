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
}
