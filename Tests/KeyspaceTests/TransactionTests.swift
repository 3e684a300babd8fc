import Testing

@testable import Keyspace

/// Docs/http-api.md: transactions.
@Suite("Transactions")
struct TransactionTests {
    typealias Operation = Transaction.Operation

    /// A compare on `/a` (value "m", put at revisions 1 and 3, on a lease with id 2) or on a
    /// missing key.
    struct Row: CustomTestStringConvertible {
        let key: String
        let comparison: Transaction.Comparison
        let target: Transaction.Target
        let holds: Bool

        init(
            _ key: String,
            comparison: Transaction.Comparison,
            target: Transaction.Target,
            holds: Bool
        ) {
            self.key = key
            self.comparison = comparison
            self.target = target
            self.holds = holds
        }

        var testDescription: String { "\(key) \(comparison) \(target)" }
    }

    static let rows = [
        Row("/a", comparison: .equal, target: .version(2), holds: true),
        Row("/a", comparison: .notEqual, target: .version(2), holds: false),
        Row("/a", comparison: .less, target: .version(3), holds: true),
        Row("/a", comparison: .greater, target: .version(2), holds: false),
        Row("/a", comparison: .equal, target: .createRevision(revision(1)), holds: true),
        Row("/a", comparison: .less, target: .createRevision(revision(1)), holds: false),
        Row("/a", comparison: .equal, target: .modRevision(revision(2)), holds: true),
        Row("/a", comparison: .greater, target: .modRevision(revision(1)), holds: true),
        Row("/a", comparison: .equal, target: .lease(2), holds: true),
        Row("/a", comparison: .notEqual, target: .lease(0), holds: true),
        Row("/a", comparison: .equal, target: .exists(true), holds: true),
        Row("/a", comparison: .equal, target: .exists(false), holds: false),
        Row("/a", comparison: .notEqual, target: .exists(false), holds: true),
        Row("/a", comparison: .equal, target: .value(bytes("m")), holds: true),
        Row("/a", comparison: .less, target: .value(bytes("n")), holds: true),
        Row("/a", comparison: .less, target: .value(bytes("mm")), holds: true),
        Row("/a", comparison: .greater, target: .value([]), holds: true),
        Row("/missing", comparison: .equal, target: .version(0), holds: true),
        Row("/missing", comparison: .less, target: .version(1), holds: true),
        Row("/missing", comparison: .equal, target: .createRevision(.zero), holds: true),
        Row("/missing", comparison: .equal, target: .modRevision(.zero), holds: true),
        Row("/missing", comparison: .equal, target: .lease(0), holds: true),
        Row("/missing", comparison: .equal, target: .exists(false), holds: true),
        Row("/missing", comparison: .equal, target: .exists(true), holds: false),
        // Any compare of a missing key's value is false.
        Row("/missing", comparison: .equal, target: .value([]), holds: false),
        Row("/missing", comparison: .notEqual, target: .value(bytes("x")), holds: false),
        Row("/missing", comparison: .less, target: .value(bytes("x")), holds: false),
        Row("/missing", comparison: .greater, target: .value([]), holds: false),
    ]

    @Test(arguments: rows)
    func compares(_ row: Row) {
        var machine = Machine()
        machine.apply(.put("/a"))
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        machine.apply(.put("/a", value: "m", lease: .lease(lease(2))))
        let compare = Transaction.Compare(
            .key(path(row.key)),
            comparison: row.comparison,
            target: row.target
        )
        let outcome = machine.apply(
            .transaction(Transaction(compares: [compare], then: [], otherwise: []))
        )
        guard case .transaction(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.branch == (row.holds ? .then : .otherwise))
        #expect(result.revision == revision(2))
    }

    private func run(_ machine: inout Machine, operations: Operation...) -> Outcome {
        machine.apply(
            .transaction(Transaction(compares: [], then: operations, otherwise: []))
        )
    }

    private func put(_ key: String, value: String = "v", lease: LeaseID? = nil) -> Operation {
        .put(key: path(key), value: bytes(value), lease: lease)
    }

    @Test func laterOperationsSeeEarlierOnesAtOneRevision() {
        var machine = Machine()
        machine.apply(.put("/d/1"))
        machine.apply(.put("/x/1"))
        let outcome = run(
            &machine,
            operations: put("/d/2", value: "two"),
            .get(.subtree(path("/d"))),
            .delete(.subtree(path("/x"))),
            .get(.key(path("/x/1"))),
            put("/e")
        )
        guard case .transaction(let result) = outcome, result.results.count == 5,
            case .get(let found) = result.results[1]
        else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.revision == revision(3))
        #expect(found.records.map(\.key) == [path("/d/1"), path("/d/2")])
        #expect(found.records.map(\.modRevision) == [revision(1), revision(3)])
        #expect(result.results[2] == .deleted(count: 1, previous: []))
        #expect(result.results[3] == .get(RangeResult(all: [])))
        #expect(machine.last.events.map(\.id.sub) == [0, 1, 2])
        #expect(machine.keyspace.store.revision == revision(3))
    }

    @Test func oneThatOnlyReadsTakesNoRevision() {
        var machine = Machine()
        machine.apply(.put("/a"))
        let outcome = run(&machine, operations: .get(.key(path("/a"))))
        guard case .transaction(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.revision == revision(1))
    }

    @Test func refusalsChangeNothing() {
        var machine = Machine()
        machine.apply(.put("/a"))
        let cases: [([Operation], Refusal)] = [
            ([put("/x"), put("/y"), put("/x")], .duplicatePut(path("/x"))),
            ([put("/x"), put("/.roost/y")], .reservedKey(path("/.roost/y"))),
            (
                [put("/x"), .delete(.subtree(path("/.roost")))],
                .reservedKey(.reserved)
            ),
            ([put("/x"), put("/y", value: "v", lease: lease(99))], .notFound(.lease)),
        ]
        for (operations, refusal) in cases {
            let outcome = machine.apply(
                .transaction(Transaction(compares: [], then: operations, otherwise: []))
            )
            #expect(outcome.refusal == refusal)
            #expect(machine.keyspace.store.revision == revision(1))
            #expect(machine.keyspace.store.get(path("/x")) == nil)
        }
        // What the words forbid is forbidden in the list that is not chosen, too.
        let other = Transaction(compares: [], then: [], otherwise: [put("/x"), put("/x")])
        #expect(machine.apply(.transaction(other)).refusal == .duplicatePut(path("/x")))
    }

    @Test func theServicesRecordsMayBeRead() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        machine.apply(.acquire(lock("l"), ownership: .lease(lease(1)), owner: "me"))
        let outcome = run(
            &machine,
            operations: .get(.key(lock("l").recordKey(of: lease(1))))
        )
        guard case .transaction(let result) = outcome, case .get(let found) = result.results[0]
        else {
            Issue.record("\(outcome)")
            return
        }
        #expect(found.records.map(\.value) == [bytes("me")])
        #expect(found.records.map(\.lease) == [lease(1)])
    }

    @Test func whatGetsFindIsBoundedAndUndone() {
        var machine = Machine()
        let value = String(repeating: "x", count: 1 << 20)
        for key in ["/big/1", "/big/2", "/big/3"] { machine.apply(.put(key, value: value)) }
        let hash = machine.keyspace.store.hash
        let outcome = run(
            &machine,
            operations: put("/big/4", value: value),
            .delete(.key(path("/big/1"))),
            put("/big/5", value: value),
            .get(.subtree(path("/big")))
        )
        #expect(
            outcome.refusal == .resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
        )
        #expect(machine.keyspace.store.hash == hash)
        #expect(machine.last.events.isEmpty)
        // Without the puts it fits.
        let fitting = run(&machine, operations: .get(.subtree(path("/big"))))
        #expect(fitting.refusal == nil)
    }

    /// A key's own lease ends with its last key, but only when the whole is done.
    @Test func aKeysOwnLeaseMayPassToAnotherKey() {
        var machine = Machine()
        machine.apply(.put("/a", lease: .own(timeToLiveMilliseconds: 60_000)))
        _ = run(
            &machine,
            operations: .delete(.key(path("/a"))),
            put("/b", value: "v", lease: lease(1))
        )
        #expect(machine.keyspace.lease(lease(1)) != nil)
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [path("/b")])
        _ = run(&machine, operations: .delete(.key(path("/b"))))
        #expect(machine.keyspace.leaseCount == 0)
    }

    @Test func putsTieAndUntieLeases() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        _ = run(
            &machine,
            operations: put("/a", value: "v", lease: lease(1)),
            put("/b", value: "v", lease: lease(1))
        )
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9).count == 2)
        _ = run(&machine, operations: put("/a"))
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [path("/b")])
    }
}
