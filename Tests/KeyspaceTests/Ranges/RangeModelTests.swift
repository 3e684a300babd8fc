import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md, Transactions: as general as etcd's.
@Suite("Ranges, queries and transactions against sorted arrays of every revision")
struct RangeModelTests {
    /// Two hundred histories of 25 transactions and 25 reads each; every second one is compacted in
    /// the middle.
    @Test("ten thousand random transactions and reads come to what the model says")
    func tenThousand() {
        var caseCount = 0
        var tallies: [RangeScenario.Tally] = []
        for seed in UInt64(0)..<200 {
            var scenario = RangeScenario(seed: seed)
            for round in 0..<25 {
                if round == 12, seed % 2 == 1 { scenario.compact() }
                if let difference = scenario.transact() {
                    Issue.record("seed \(seed), transaction \(round): \(difference)")
                    return
                }
                if let difference = scenario.read() {
                    Issue.record("seed \(seed), read \(round): \(difference)")
                    return
                }
                caseCount += 2
            }
            tallies.append(scenario.tally)
        }
        #expect(caseCount == 10_000)
        // Every kind of end was met often enough.
        func sum(_ part: (RangeScenario.Tally) -> Int) -> Int { tallies.map(part).reduce(0, +) }
        #expect(sum(\.carriedOut) > 3_000)
        #expect(sum(\.otherwise) > 1_500)
        #expect(sum(\.nested) > 300)
        #expect(sum(\.refused) > 500)
        #expect(sum(\.changedTwice) > 500)
        #expect(sum(\.records) > 2_000)
        #expect(sum(\.cut) > 200)
        #expect(sum(\.overBudget) > 300)
        #expect(sum(\.unreadable) > 150)
    }
}
