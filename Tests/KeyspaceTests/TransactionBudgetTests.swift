import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md, Transactions: how much one may look at. A member applies nothing else
/// meanwhile.
@Suite("What a transaction looks at is bounded, and beyond the bound nothing is done")
struct TransactionBudgetTests {
    private typealias Operation = Transaction.Operation

    /// What is refused here.
    private static let refusal = Refusal.tooManyLooks(countMax: UInt64(Transaction.lookCountMax))

    /// `/k/0` to `/k/999`; five hundred walks over them are what one transaction may look at.
    private static let all = KeyRange.subtree(path("/k"))

    private func filled(keyCount: Int = 1_000) -> Machine {
        var machine = Machine()
        machine.apply(Self.tree(keyCount: keyCount))
        return machine
    }

    private static func tree(keyCount: Int) -> Command {
        .writeTree(
            TreeWrite(
                root: path("/k"),
                edits: (0..<keyCount).map { .value(path("/k/\($0)"), bytes("v")) },
                mode: .replace,
                condition: .none
            )
        )
    }

    private static let compare = Transaction.Compare(
        all,
        comparison: .greater,
        target: .version(0)
    )

    /// A get that walks every key and finds none.
    private static let blindGet = Operation.get(
        RangeQuery(
            all,
            modBounds: .init(min: Revision(rawValue: 1 << 40), max: .zero)
        )
    )

    private static func transaction(
        compareCount: Int = 0,
        then operations: [Operation] = []
    ) -> Transaction {
        Transaction(
            compares: Array(repeating: compare, count: compareCount),
            then: operations,
            otherwise: []
        )
    }

    @Test("compares count, those of nested transactions too, up to the last look")
    func compares() {
        var machine = filled()
        let nested = Operation.transaction(Self.transaction(compareCount: 300))
        let fitting = Self.transaction(compareCount: 200, then: [nested])
        #expect(machine.apply(.transaction(fitting)).refusal == nil)
        let one = Operation.get(.key(path("/k/1")))
        let over = Self.transaction(compareCount: 200, then: [nested, one])
        #expect(machine.apply(.transaction(over)).refusal == Self.refusal)
        let many = Self.transaction(compareCount: 10_000)
        #expect(machine.apply(.transaction(many)).refusal == Self.refusal)
    }

    @Test(
        "what was changed before the bound was met is undone",
        arguments: [
            [Operation](repeating: blindGet, count: 501),
            // From the second on they walk what the first deleted.
            [Operation](repeating: .delete(all), count: 501),
            [.transaction(transaction(then: Array(repeating: blindGet, count: 501)))],
        ]
    )
    func undone(_ operations: [Transaction.Operation]) {
        var machine = filled()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        let hash = machine.keyspace.store.hash
        let put = Operation.put(key: path("/new"), value: [], lease: lease(2))
        let refused = Self.transaction(then: [put] + operations)
        #expect(machine.apply(.transaction(refused)).refusal == Self.refusal)
        #expect(machine.last.events.isEmpty)
        #expect(machine.keyspace.store.get(path("/new")) == nil)
        #expect(machine.keyspace.store.keyCount == 1_000)
        #expect(machine.keyspace.keys(of: lease(2), after: nil, countMax: 9).isEmpty)
        #expect(machine.keyspace.store.hash == hash)
        let fitting = Self.transaction(then: [put] + operations.dropLast().prefix(500))
        #expect(machine.apply(.transaction(fitting)).refusal == nil)
        #expect(machine.keyspace.store.get(path("/new")) != nil)
    }

    @Test("a member that was restored from a snapshot counts deleted keys as the others do")
    func restored() throws {
        var machine = filled()
        machine.apply(.delete(Self.all, condition: .none))
        try machine.restartTwin()
        // The machine compares both members' answers.
        let fitting = Self.transaction(compareCount: 500)
        #expect(machine.apply(.transaction(fitting)).refusal == nil)
        let over = Self.transaction(compareCount: 501, then: [])
        #expect(machine.apply(.transaction(over)).refusal == nil, "a missing key is not greater")
        let deletes = [Operation](repeating: .delete(Self.all), count: 501)
        #expect(
            machine.apply(.transaction(Self.transaction(then: deletes))).refusal == Self.refusal
        )
    }

    @Test("what a log of the first format carried out is carried out again")
    func firstFormat() {
        var keyspace = Keyspace()
        let now = ClusterTime(rawValue: 1_000)
        let tree = Request(Self.tree(keyCount: 4_000))
        _ = keyspace.apply(index: 1, time: now, request: tree)
        let deletes = [Operation](repeating: .delete(Self.all), count: 128)
        let command = Command.transaction(Self.transaction(then: deletes))
        let second = keyspace.apply(index: 2, time: now, request: Request(command))
        #expect(second.answer?.outcome.refusal == Self.refusal)
        let first = Request(
            command,
            fences: [],
            idempotency: nil,
            caller: .nobody,
            note: [],
            format: .first
        )
        let applied = keyspace.apply(index: 3, time: now, request: first)
        #expect(applied.answer?.outcome.refusal == nil)
        #expect(keyspace.store.keyCount == 0)
    }

    // MARK: What a look is

    /// Eight keys, `/k/0` to `/k/7`, of 2,048 bytes each, put twice; `/k/8`, which is gone.
    private func store() -> Store {
        var store = Store()
        for byte in UInt8(0)..<2 {
            store.begin(at: .zero)
            for number in 0..<9 {
                store.put(path("/k/\(number)"), value: [UInt8](repeating: byte, count: 2_048))
            }
            _ = store.commit()
        }
        store.begin(at: .zero)
        store.delete(path("/k/8"))
        _ = store.commit()
        return store
    }

    private static let long = [UInt8](repeating: 1, count: 2_048)

    @Test(
        "the looks of a compare",
        arguments: [
            (.key(path("/k/1")), .version(1), 1),
            (.key(path("/missing")), .exists(true), 1),
            (.key(path("/k/1")), .childVersion(0), 4),
            (.key(path("/k/1")), .value(long), 3),
            (.key(path("/k/1")), .value([1]), 1),
            (all, .version(2), 9),
            (all, .version(1), 1),
            (all, .value(long), 9 + 8 * 2),
            (all, .childVersion(0), 9 * 4),
        ] as [(KeyRange, Transaction.Target, Int)]
    )
    func compareLooks(_ range: KeyRange, _ target: Transaction.Target, _ looks: Int) throws {
        let compare = Transaction.Compare(range, comparison: .equal, target: target)
        var budget = TransactionBudget(lookCount: looks)
        _ = try store().isMet(compare, budget: &budget)
        #expect(budget.lookCount == 0)
        budget = TransactionBudget(lookCount: looks - 1)
        #expect(throws: Self.refusal) { try store().isMet(compare, budget: &budget) }
    }

    private static let past = Revision(rawValue: Revision.initial.rawValue + 1)

    @Test(
        "the looks of a get",
        arguments: [
            (RangeQuery(.key(path("/k/1"))), 1),
            (RangeQuery(all), 9),
            // The rest is counted without being walked.
            (RangeQuery(all, limit: 2), 3),
            (RangeQuery(all, content: .count), 0),
            (RangeQuery(all, limit: 2, content: .keys, revision: past), 9 * 4),
            (RangeQuery(all, content: .count, revision: past), 9 * 4),
            (RangeQuery(all, limit: 2, direction: .descending), 9 + 8 * 4),
            (RangeQuery(all, limit: 2, field: .modRevision), 9 + 8 * 4),
            (RangeQuery(all, limit: 2, field: .value), 9 + 8 * (4 + 32)),
        ] as [(RangeQuery, Int)]
    )
    func getLooks(_ query: RangeQuery, _ looks: Int) throws {
        var budget = TransactionBudget(lookCount: looks)
        _ = try store().read(query, budget: &budget)
        #expect(budget.lookCount == 0)
        guard looks > 0 else { return }
        budget = TransactionBudget(lookCount: looks - 1)
        #expect(throws: Self.refusal) { try store().read(query, budget: &budget) }
    }

    @Test("a get that would tell too many keys ends as soon as that is known")
    func tooMany() {
        var budget = TransactionBudget(recordCount: 2)
        #expect(
            throws: Refusal.resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
        ) { try store().read(RangeQuery(Self.all), budget: &budget) }
        #expect(budget.lookCount == Transaction.lookCountMax - 3)
    }
}
