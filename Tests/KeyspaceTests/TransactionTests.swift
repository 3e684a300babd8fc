import Testing

@testable import Keyspace

/// Contract, section 2: `POST /v1/txn`.
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
            _ comparison: Transaction.Comparison,
            _ target: Transaction.Target,
            _ holds: Bool
        ) {
            self.key = key
            self.comparison = comparison
            self.target = target
            self.holds = holds
        }

        var testDescription: String { "\(key) \(comparison) \(target)" }
    }

    static let rows = [
        Row("/a", .equal, .version(2), true),
        Row("/a", .notEqual, .version(2), false),
        Row("/a", .less, .version(3), true),
        Row("/a", .greater, .version(2), false),
        Row("/a", .equal, .createRevision(revision(1)), true),
        Row("/a", .less, .createRevision(revision(1)), false),
        Row("/a", .equal, .modRevision(revision(2)), true),
        Row("/a", .greater, .modRevision(revision(1)), true),
        Row("/a", .equal, .lease(2), true),
        Row("/a", .notEqual, .lease(0), true),
        Row("/a", .equal, .exists(true), true),
        Row("/a", .equal, .exists(false), false),
        Row("/a", .notEqual, .exists(false), true),
        Row("/a", .equal, .value(bytes("m")), true),
        Row("/a", .less, .value(bytes("n")), true),
        Row("/a", .less, .value(bytes("mm")), true),
        Row("/a", .greater, .value([]), true),
        Row("/missing", .equal, .version(0), true),
        Row("/missing", .less, .version(1), true),
        Row("/missing", .equal, .createRevision(.zero), true),
        Row("/missing", .equal, .modRevision(.zero), true),
        Row("/missing", .equal, .lease(0), true),
        Row("/missing", .equal, .exists(false), true),
        Row("/missing", .equal, .exists(true), false),
        // Any compare of a missing key's value is false.
        Row("/missing", .equal, .value([]), false),
        Row("/missing", .notEqual, .value(bytes("x")), false),
        Row("/missing", .less, .value(bytes("x")), false),
        Row("/missing", .greater, .value([]), false),
    ]

    @Test(arguments: rows)
    func compares(_ row: Row) {
        var machine = Machine()
        machine.apply(.put("/a"))
        machine.apply(.grantLease(timeToLiveMilliseconds: 60_000))
        machine.apply(.put("/a", "m", lease: .lease(lease(2))))
        let compare = Transaction.Compare(
            key: path(row.key),
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

    private func run(_ machine: inout Machine, _ operations: Operation...) -> Outcome {
        machine.apply(
            .transaction(Transaction(compares: [], then: operations, otherwise: []))
        )
    }

    private func put(_ key: String, _ value: String = "v", _ lease: LeaseID? = nil) -> Operation {
        .put(key: path(key), value: bytes(value), lease: lease)
    }

    @Test func laterOperationsSeeEarlierOnesAtOneRevision() {
        var machine = Machine()
        machine.apply(.put("/d/1"))
        let outcome = run(
            &machine,
            put("/d/2", "two"),
            .get(key: path("/d"), extent: .subtree),
            .delete(key: path("/d"), extent: .subtree),
            .get(key: path("/d/2"), extent: .key),
            put("/d/3")
        )
        guard case .transaction(let result) = outcome, result.results.count == 5,
            case .get(let records) = result.results[1]
        else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.revision == revision(2))
        #expect(records.map(\.key) == [path("/d/1"), path("/d/2")])
        #expect(records.map(\.modRevision) == [revision(1), revision(2)])
        #expect(result.results[2] == .deleted(count: 2))
        #expect(result.results[3] == .get([]))
        #expect(machine.last.events.map(\.id.sub) == [0, 1, 2, 3])
        #expect(machine.keyspace.store.revision == revision(2))
    }

    @Test func oneThatOnlyReadsTakesNoRevision() {
        var machine = Machine()
        machine.apply(.put("/a"))
        let outcome = run(&machine, .get(key: path("/a"), extent: .key))
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
                [put("/x"), .delete(key: path("/.roost"), extent: .subtree)],
                .reservedKey(.reserved)
            ),
            ([put("/x"), put("/y", "v", lease(99))], .notFound(.lease)),
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
        machine.apply(.grantLease(timeToLiveMilliseconds: 60_000))
        machine.apply(.acquire(lock("l"), .lease(lease(1)), owner: "me"))
        let outcome = run(&machine, .get(key: lock("l").recordKey(of: lease(1)), extent: .key))
        guard case .transaction(let result) = outcome, case .get(let records) = result.results[0]
        else {
            Issue.record("\(outcome)")
            return
        }
        #expect(records.map(\.value) == [bytes("me")])
        #expect(records.map(\.lease) == [lease(1)])
    }

    @Test func whatGetsFindIsBoundedAndUndone() {
        var machine = Machine()
        let value = String(repeating: "x", count: 1 << 20)
        for key in ["/big/1", "/big/2", "/big/3"] { machine.apply(.put(key, value)) }
        let hash = machine.keyspace.store.hash
        let outcome = run(
            &machine,
            put("/big/4", value),
            .delete(key: path("/big/1"), extent: .key),
            put("/big/5", value),
            .get(key: path("/big"), extent: .subtree)
        )
        #expect(
            outcome.refusal == .resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
        )
        #expect(machine.keyspace.store.hash == hash)
        #expect(machine.last.events.isEmpty)
        // Without the puts it fits.
        let fitting = run(&machine, .get(key: path("/big"), extent: .subtree))
        #expect(fitting.refusal == nil)
    }

    /// A key's own lease ends with its last key, but only when the whole is done.
    @Test func aKeysOwnLeaseMayPassToAnotherKey() {
        var machine = Machine()
        machine.apply(.put("/a", lease: .own(timeToLiveMilliseconds: 60_000)))
        _ = run(&machine, .delete(key: path("/a"), extent: .key), put("/b", "v", lease(1)))
        #expect(machine.keyspace.lease(lease(1)) != nil)
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [path("/b")])
        _ = run(&machine, .delete(key: path("/b"), extent: .key))
        #expect(machine.keyspace.leaseCount == 0)
    }

    @Test func putsTieAndUntieLeases() {
        var machine = Machine()
        machine.apply(.grantLease(timeToLiveMilliseconds: 60_000))
        _ = run(&machine, put("/a", "v", lease(1)), put("/b", "v", lease(1)))
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9).count == 2)
        _ = run(&machine, put("/a"))
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [path("/b")])
    }
}
