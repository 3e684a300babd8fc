import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: limits that are the same on every member.
@Suite("Settings and bounds")
struct ClusterSettingsTests {
    @Test("settings are changed one by one, the first start's only while nobody set any")
    func settings() throws {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        func change(
            _ items: [SettingsChange.Item],
            occasion: SettingsChange.Occasion = .always
        ) -> Outcome { machine.apply(.changeSettings(SettingsChange(items, occasion: occasion))) }
        _ = change([.init(.valueByteCountMax, value: 2_048)], occasion: .whileUnset)
        #expect(machine.keyspace.settings.valueByteCountMax == 2_048)
        _ = change([.init(.valueByteCountMax, value: 4_096)], occasion: .whileUnset)
        #expect(machine.keyspace.settings.valueByteCountMax == 2_048)
        #expect(
            change([.init(.transactionOperationCountMax, value: 1)])
                == .settings(machine.keyspace.settings)
        )
        #expect(machine.keyspace.settings.valueByteCountMax == 2_048)
        try machine.restartTwin()
        // They are in force at once.
        let value = String(repeating: "x", count: 2_049)
        let refusal = Refusal.valueTooLong(byteCount: 2_049, byteCountMax: 2_048)
        #expect(machine.apply(.put("/a", value: value)).refusal == refusal)
        let gets: [Transaction.Operation] = [.get(RangeQuery(.all)), .get(RangeQuery(.all))]
        let transaction = Transaction(compares: [], then: gets, otherwise: [])
        #expect(
            machine.apply(.transaction(transaction)).refusal
                == .tooManyOperations(count: 2, countMax: 1)
        )
        // Out of range, twice or out of order: nothing that members accept.
        let wrong: [[SettingsChange.Item]] =
            SettingsChange.Name.allCases.flatMap { name in
                [
                    [SettingsChange.Item(name, value: name.range.lowerBound &- 1)],
                    [SettingsChange.Item(name, value: name.range.upperBound + 1)],
                    [
                        .init(name, value: name.range.lowerBound),
                        .init(name, value: name.range.lowerBound),
                    ],
                ]
            }
        let before = machine.keyspace.settings
        for items in wrong { #expect(change(items).refusal == .malformed) }
        #expect(machine.keyspace.settings == before)
    }

    @Test("what one transaction finds in all is bounded, and what it changed is undone")
    func budget() {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: 2))
        let name = SettingsChange.Name.transactionOperationCountMax
        machine.apply(
            .changeSettings(
                SettingsChange([.init(name, value: name.range.upperBound)], occasion: .always)
            )
        )
        for number in 0..<100 { machine.apply(.put("/k/\(number)")) }
        let hash = machine.keyspace.store.hash
        let all = RangeQuery(.subtree(path("/k")))
        func run(getCount: Int, query: RangeQuery) -> Outcome {
            let gets = [Transaction.Operation](repeating: .get(query), count: getCount)
            let nested = Transaction(compares: [], then: gets, otherwise: [])
            return machine.apply(
                .transaction(
                    Transaction(
                        compares: [],
                        then: [
                            .put(key: path("/new"), value: [], lease: nil),
                            .transaction(nested), .get(RangeQuery(.key(path("/k/1")))),
                        ],
                        otherwise: []
                    )
                )
            )
        }
        // A hundred times a hundred records, and one.
        let byteCountMax = UInt64(Transaction.resultByteCountMax)
        #expect(
            run(getCount: 100, query: all).refusal == .resultTooLarge(byteCountMax: byteCountMax)
        )
        #expect(machine.keyspace.store.hash == hash)
        #expect(machine.last.events.isEmpty)
        // Counting finds nothing that would have to be told.
        #expect(run(getCount: 101, query: RangeQuery(all.range, content: .count)).refusal == nil)
        #expect(run(getCount: 99, query: all).refusal == nil)
    }
}
