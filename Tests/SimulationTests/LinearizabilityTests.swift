import Bytes
import Simulation
import Testing

@Suite("linearizability: the search accepts what some order explains, and nothing else")
struct LinearizabilityTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let rule: String
        let operations: [Recording.Operation]
        var testDescription: String { rule }
    }

    static let good: [Row] = [
        Row(rule: "nothing happened", operations: []),
        Row(
            rule: "a read during a write sees either value",
            operations: [.put(0, 0, 1, 0...10), .put(0, 0, 2, 20...40), .get(1, 0, 1, 22...30)]
        ),
        Row(
            rule: "a lost write may take effect late",
            operations: [
                .put(0, 0, 1, 0...5), .lostPut(1, 0, 2, from: 6), .get(0, 0, 1, 10...12),
                .get(0, 0, 2, 20...22),
            ]
        ),
        Row(
            rule: "a lost write may never take effect",
            operations: [
                .put(0, 0, 1, 0...5), .lostPut(1, 0, 2, from: 6), .get(0, 0, 1, 100...110),
            ]
        ),
        Row(
            rule: "a write that nobody saw counts in the version",
            operations: [
                .put(0, 0, 1, 0...5, version: 1), .lostPut(1, 0, 2, from: 6),
                .put(0, 0, 3, 10...12, version: 3),
            ]
        ),
        Row(
            rule: "a condition that was met says at which revision a lost write took effect",
            operations: [
                .put(0, 0, 1, 0...5, at: 1), .lostPut(1, 0, 2, from: 6),
                .swap(0, 0, 3, if: .modRevision(7), 10...12, at: 9),
            ]
        ),
        Row(
            rule: "a lost write explains that a deleted key was there",
            operations: [.lostPut(1, 0, 2, from: 6), .delete(0, 0, 10...12, wasThere: true)]
        ),
        Row(
            rule: "what touches in time is concurrent",
            operations: [.put(0, 0, 1, 0...10), .get(1, 0, 0, 10...20)]
        ),
        Row(
            rule: "a swap meets what was there",
            operations: [
                .swap(0, 0, 1, if: .absent, 0...5), .swap(1, 0, 2, if: .absent, 3...9, met: 1),
                .swap(1, 0, 3, if: .value(1), 10...12), .get(0, 0, 3, 13...14),
            ]
        ),
        Row(
            rule: "keys of one transaction change together",
            operations: [
                .puts(0, [(0, 1), (1, 2)], 0...10), .list(1, [(0, 0), (1, 0)], 2...4),
                .list(1, [(0, 1), (1, 2)], 5...8),
            ]
        ),
        Row(
            rule: "keys apart need no common order",
            operations: [
                .put(0, 0, 1, 0...100), .put(1, 1, 2, 0...100), .get(2, 0, 1, 10...20),
                .get(2, 1, 0, 10...20), .get(3, 1, 2, 30...40), .get(3, 0, 1, 30...40),
            ]
        ),
    ]

    static let bad: [Row] = [
        Row(
            rule: "a stale read",
            operations: [.put(0, 0, 1, 0...5), .put(0, 0, 2, 6...9), .get(1, 0, 1, 10...12)]
        ),
        Row(
            rule: "a read of what nobody wrote",
            operations: [.put(0, 0, 1, 0...5), .get(1, 0, 7, 6...9)]
        ),
        Row(
            rule: "a read of what was denied",
            operations: [.deniedPut(0, 0, 1, from: 0), .get(1, 0, 1, 6...9)]
        ),
        Row(
            rule: "a lost update",
            operations: [
                .put(0, 0, 1, 0...5), .swap(1, 0, 2, if: .value(1), 6...10),
                .swap(2, 0, 3, if: .value(1), 6...10),
            ]
        ),
        Row(
            rule: "two create one key",
            operations: [
                .swap(1, 0, 2, if: .absent, 6...10), .swap(2, 0, 3, if: .absent, 6...10),
            ]
        ),
        Row(
            rule: "a swap against what is there",
            operations: [
                .put(0, 0, 1, 0...5, at: 4), .put(0, 0, 2, 6...8, at: 5),
                .swap(1, 0, 3, if: .modRevision(4), 9...10, at: 6),
            ]
        ),
        Row(
            rule: "values go back after they were seen",
            operations: [
                .put(0, 0, 1, 0...5), .put(0, 0, 2, 10...50), .get(1, 0, 2, 12...15),
                .get(2, 0, 1, 20...25),
            ]
        ),
        Row(
            rule: "a deleted key is read",
            operations: [
                .put(0, 0, 1, 0...5), .delete(0, 0, 6...8, wasThere: true), .get(1, 0, 1, 9...10),
            ]
        ),
        Row(
            rule: "a write that was applied twice shows in the version",
            operations: [
                .put(0, 0, 1, 0...5, version: 1), .put(0, 0, 2, 6...8, version: 3),
            ]
        ),
        Row(
            rule: "one lost write cannot stand for two",
            operations: [
                .put(0, 0, 1, 0...5, version: 1), .lostPut(1, 0, 2, from: 6),
                .put(0, 0, 3, 10...12, version: 4),
            ]
        ),
        Row(
            rule: "a lost write has one revision",
            operations: [
                .put(0, 0, 1, 0...5, at: 1), .lostPut(1, 0, 2, from: 6),
                .get(0, 0, 2, 8...9, modRevision: 6, at: 6),
                .swap(0, 0, 3, if: .modRevision(7), 10...12, at: 9),
            ]
        ),
        Row(
            rule: "a transaction seen in half",
            operations: [
                .puts(0, [(0, 1), (1, 2)], 0...10), .list(1, [(0, 1), (1, 0)], 2...4),
            ]
        ),
        Row(
            rule: "two readers see two writes in two orders",
            operations: [
                .puts(0, [(0, 1)], 0...100), .puts(1, [(1, 2)], 0...100),
                .list(2, [(0, 1), (1, 0)], 10...20), .list(3, [(0, 0), (1, 2)], 10...20),
            ]
        ),
        Row(
            rule: "a lost write that came and went",
            operations: [
                .put(0, 0, 1, 0...5), .lostPut(1, 0, 2, from: 6), .get(0, 0, 2, 10...12),
                .get(0, 0, 1, 20...22),
            ]
        ),
    ]

    @Test(arguments: good)
    func accepts(_ row: Row) {
        #expect(Linearizability().check(Recording(row.operations)).isLinearizable)
    }

    @Test(arguments: bad)
    func rejects(_ row: Row) throws {
        let verdict = Linearizability().check(Recording(row.operations))
        #expect(verdict.inconclusiveCount == 0)
        let example = try #require(verdict.counterexamples.first)
        let stuck = try #require(example.stuck)
        #expect(!example.order.contains(stuck) && example.operations[stuck].answer != nil)
        #expect(example.text.contains("cannot follow it: #\(stuck)"))
        let page = CounterexamplePage(example, title: row.rule).html
        #expect(page.contains("class=\"bar stuck\"") && page.hasSuffix("</html>\n"))
    }

    @Test("a counterexample ends with what went wrong, whatever came later")
    func shortest() throws {
        var operations: [Recording.Operation] = []
        for count in 0..<50 as Range<UInt64> {
            operations.append(.put(0, 0, count + 1, (10 * count)...(10 * count + 5)))
        }
        operations.append(.get(1, 0, 20, 206...208))
        let verdict = Linearizability().check(Recording(operations))
        let example = try #require(verdict.counterexamples.first)
        #expect(example.operations.allSatisfy { $0.begin <= .at(208) })
        #expect(example.operations.count == 22 && example.keys == [0])
    }

    @Test("a search that would take too long says that it does not know")
    func bounded() {
        var checker = Linearizability()
        checker.stepCountMax = 3
        let verdict = checker.check(Recording((0..<9).map { .put($0, 0, UInt64($0) + 1, 0...10) }))
        #expect(verdict.inconclusiveCount == 1 && verdict.counterexamples.isEmpty)
    }

    @Test("with 20 lost writes a wrong answer is found at once, and a right one too")
    func manyLost() {
        var operations: [Recording.Operation] = []
        for count in 0..<20 as Range<UInt64> {
            operations.append(.lostPut(Int(count), 0, 1_000 + count, from: count))
        }
        for count in 0..<100 as Range<UInt64> {
            let time = 100 + 10 * count
            operations.append(.put(50, 0, count + 1, time...(time + 5)))
            if count % 5 == 0 {
                operations.append(.delete(50, 0, (time + 6)...(time + 7), wasThere: true))
            }
        }
        #expect(Linearizability().check(Recording(operations)).isLinearizable)
        operations.append(.get(51, 0, 50, 3_000...3_001))
        let verdict = Linearizability().check(Recording(operations))
        #expect(verdict.inconclusiveCount == 0 && verdict.counterexamples.count == 1)
    }

    @Test("the verdict is that of trying every order, on 2,000 random histories")
    func againstEveryOrder() {
        var chance = SplitMix64(seed: 7)
        var counts = (good: 0, bad: 0)
        for number in 0..<2_000 {
            let recording = RandomRecording.make(&chance)
            let isExplained = EveryOrder.explains(recording)
            let verdict = Linearizability().check(recording)
            #expect(
                verdict.isLinearizable == isExplained && verdict.inconclusiveCount == 0,
                "history \(number): \(recording.operations.map(\.words))"
            )
            if isExplained { counts.good += 1 } else { counts.bad += 1 }
        }
        #expect(counts.good > 300 && counts.bad > 300)
    }
}
