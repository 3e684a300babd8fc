import Bytes
import Testing

@testable import Keyspace

/// Docs/architecture.md: any bytes are a key, only paths take part in the directory structure.
@Suite("Keys that are no paths")
struct OddKeyTests {
    @Test("random keys put and deleted: every listing, count and tag is the model's")
    func listings() throws {
        var restoredCount = 0
        for seed in UInt64(0)..<60 {
            var scenario = DirectoryScenario(seed: seed)
            let isCompacted = seed % 3 == 2
            for round in 1...24 {
                scenario.change()
                guard round % 4 == 0 else { continue }
                if isCompacted, round % 8 == 0 { try scenario.compact() }
                if seed % 3 == 1, !scenario.hasReserved {
                    try scenario.restore()
                    restoredCount += 1
                }
                try scenario.check(countsChildVersions: !isCompacted)
            }
        }
        #expect(restoredCount > 20)
    }

    @Test("a key without a slash is not taken for a directory whose place looks like it")
    func noDirectory() throws {
        var store = Store()
        store.begin(at: .zero)
        for key in [path("/a/b"), Key(unchecked: [0]), Key(unchecked: [0, 97])] {
            store.put(key, value: [])
        }
        _ = store.commit()
        let items = try store.list(.all).items
        #expect(items.map(\.key.bytes) == [[0], [0, 97], bytes("/a/b")])
        #expect(items.map(\.childCount) == [0, 0, 0])
        let compare = Transaction.Compare(
            .key(Key(unchecked: [0, 97])),
            comparison: .equal,
            target: .childVersion(0)
        )
        var budget = TransactionBudget()
        #expect(try store.isMet(compare, budget: &budget))
    }

    struct Row: CustomTestStringConvertible {
        let bytes: [UInt8]
        let isPath: Bool

        init(_ bytes: [UInt8], isPath: Bool) { (self.bytes, self.isPath) = (bytes, isPath) }

        var testDescription: String { "\(bytes)" }
    }

    static let rows: [Row] =
        ["/", "/a", "/a/b", "/.roost/x", "/é", "/...", "/a/.b", "/.b/..c"]
        .map { Row(bytes($0), isPath: true) }
        + [
            "//", "/a/", "/a//b", "a/b", "foo", "/apisix/routes/", "/.", "/a/..", "/./a", "\0",
            "/\0",
        ]
        .map { Row(bytes($0), isPath: false) }
        + [Row([0x2F, 0xFF], isPath: false), Row([0x2F, 0xC3], isPath: false)]

    @Test("are stored, listed, leased and deleted as paths are", arguments: rows)
    func anyKey(_ row: Row) throws {
        let key = Key(unchecked: row.bytes)
        #expect(key.isPath == row.isPath)
        guard !key.isReserved else { return }
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 5_000))
        let put = Put(key: key, value: bytes("v"), lease: .lease(lease(1)), condition: .absent)
        #expect(machine.apply(.put(put)).putResult?.version == 1)
        #expect(machine.last.events.map(\.key) == [key])
        try machine.restartTwin()
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [key])
        #expect(try machine.keyspace.store.list(.prefix(row.bytes)).items.map(\.key) == [key])
        let children = try machine.keyspace.store.children(of: .root).items
        #expect(children.isEmpty == (!row.isPath || key == .root))
        machine.pass(5_001)
        #expect(machine.keyspace.store.get(key) == nil)
        #expect(machine.last.events.map(\.change) == [.delete(key, .expired)])
        #expect(try machine.keyspace.store.children(of: .root).items.isEmpty)
    }
}
