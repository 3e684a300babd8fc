import Bytes
import Testing

@testable import Keyspace

/// Docs/http-api.md: whole trees.
@Suite("Writing whole trees")
struct TreeWriteModelTests {
    @Test("two thousand random trees leave what the model says, and a dry run says it before")
    func model() throws {
        var written = 0
        var refused = 0
        for seed in UInt64(0)..<100 {
            var trees = RandomTree(seed: seed)
            var machine = TreeMachine()
            for _ in 0..<20 {
                for _ in 0..<trees.number(below: 4) {
                    machine.put(trees.key(), value: trees.value())
                }
                let write = trees.write { machine.records(below: $0) }
                switch try machine.check(write) {
                case .treeWritten: written += 1
                case .refused: refused += 1
                default: Issue.record("\(write)")
                }
            }
        }
        #expect(written > 1_000)
        #expect(refused > 200)
    }

    @Test("refusals change nothing, dry or not")
    func refusals() {
        let long = [UInt8](repeating: 7, count: (1 << 20) + 1)
        func tree(_ root: String, _ edits: [TreeWrite.Edit]) -> TreeWrite {
            TreeWrite(root: path(root), edits: edits, mode: .replace, condition: .none)
        }
        let rows: [(TreeWrite, Refusal)] = [
            (tree("/.roost", []), .reservedKey(path("/.roost"))),
            (tree("/.roost/x", []), .reservedKey(path("/.roost/x"))),
            (tree("/", [.value(path("/.roost/x"), [])]), .reservedKey(path("/.roost/x"))),
            (tree("/", [.removal(path("/.roost"))]), .reservedKey(path("/.roost"))),
            (
                tree("/t", [.value(path("/t/a"), []), .leaf(path("/t/a"), [])]),
                .duplicatePut(path("/t/a"))
            ),
            (
                tree("/t", [.value(path("/t/a"), long)]),
                .valueTooLong(byteCount: UInt64(long.count), byteCountMax: 1 << 20)
            ),
        ]
        for (write, refusal) in rows {
            var machine = Machine()
            machine.apply(.put("/t/kept"))
            let hash = machine.keyspace.store.hash
            #expect(throws: refusal) { try machine.keyspace.changes(of: write) }
            #expect(machine.apply(.writeTree(write)).refusal == refusal)
            #expect(machine.keyspace.store.hash == hash)
        }
        // The bytes of a tree must name paths at or below its root.
        for key in ["/u", "/t/", "/t//a", "/tt"] {
            var machine = Machine()
            let write = tree("/t", [.value(path(key), [])])
            #expect(machine.apply(.writeTree(write)).refusal == .malformed)
        }
    }

    @Test("the service's own records outlast a root that is written anew")
    func reserved() {
        var machine = Machine()
        machine.apply(.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000)))
        machine.apply(.put("/a"))
        let write = TreeWrite(root: .root, edits: [], mode: .replace, condition: .none)
        let outcome = machine.apply(.writeTree(write))
        guard case .treeWritten(let result) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(result.deletedCount == 1)
        #expect(machine.keyspace.holders(of: lock("l")).count == 1)
    }

    @Test("a key that changes loses its lease, one that stays keeps it")
    func leases() {
        var machine = Machine()
        machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000))
        for key in ["/t/a", "/t/b", "/t/c"] {
            machine.apply(.put(key, value: "v", lease: .lease(lease(1))))
        }
        let edits: [TreeWrite.Edit] = [
            .value(path("/t/a"), bytes("v")), .value(path("/t/b"), bytes("w")),
        ]
        let write = TreeWrite(root: path("/t"), edits: edits, mode: .replace, condition: .none)
        machine.apply(.writeTree(write))
        #expect(machine.keyspace.keys(of: lease(1), after: nil, countMax: 9) == [path("/t/a")])
        #expect(machine.last.events.map(\.key) == [path("/t/c"), path("/t/b")])
        #expect(Set(machine.last.events.map(\.id.revision)).count == 1)
    }
}

/// A keyspace whose trees are checked as they are written.
private struct TreeMachine {
    private var keyspace = Keyspace()
    private var index: UInt64 = 0

    private mutating func apply(_ command: Command) -> Applied {
        index += 1
        let time = ClusterTime(rawValue: index)
        return keyspace.apply(index: index, time: time, request: Request(command))
    }

    mutating func put(_ key: Key, value: [UInt8]) {
        _ = apply(.put(Put(key: key, value: value, lease: .none, condition: .none)))
    }

    private var all: [KeyRecord] {
        (try? keyspace.store.list(.all))?.items.compactMap(\.record) ?? []
    }

    func records(below root: Key) -> [KeyRecord] {
        all.filter { HistoryModel.contains($0.key, in: .subtree(root)) }
    }

    mutating func check(_ write: TreeWrite) throws -> Outcome {
        let before = all
        let revision = keyspace.store.revision
        let hash = keyspace.hash
        let told = Result<TreeChanges, Refusal> { () throws(Refusal) in
            try keyspace.changes(of: write)
        }
        #expect(keyspace.hash == hash, "a dry run changed something")
        let below = records(below: write.root)
        let applied = apply(.writeTree(write))
        let outcome = try #require(applied.answer?.outcome)
        let values = Dictionary(uniqueKeysWithValues: before.map { ($0.key, $0.value) })
        guard TreeModel.isMet(write.condition, by: below),
            let expected = TreeModel.after(write, before: values)
        else {
            #expect(told == .failure(try #require(outcome.refusal)))
            if !TreeModel.isMet(write.condition, by: below) {
                let current = TreeModel.tag(below)
                #expect(outcome.refusal == .treeChanged(root: write.root, current: current))
            }
            #expect(all == before)
            #expect(applied.events.isEmpty)
            return outcome
        }
        #expect(all.map(\.key) == expected.keys.sorted(), "\(write)")
        #expect(all.allSatisfy { expected[$0.key] == $0.value }, "\(write)")
        let changes = TreeChanges(
            created: expected.keys.filter { values[$0] == nil }.sorted(),
            changed: expected.filter { values[$0.key] != nil && values[$0.key] != $0.value }
                .map(\.key).sorted(),
            deleted: values.keys.filter { expected[$0] == nil }.sorted()
        )
        #expect(told == .success(changes), "\(write)")
        let isChange = all != before
        #expect(keyspace.store.revision == (isChange ? revision.next : revision))
        let result = TreeResult(
            revision: keyspace.store.revision,
            createdCount: UInt64(changes.created.count),
            changedCount: UInt64(changes.changed.count),
            deletedCount: UInt64(changes.deleted.count)
        )
        #expect(outcome == .treeWritten(result))
        // What has its value already is untouched, revision and version too.
        let touched = Set(changes.created + changes.changed)
        #expect(
            all.filter { !touched.contains($0.key) }
                == before.filter { expected[$0.key] == $0.value }
        )
        #expect(
            applied.events.filter(\.change.isPut).map(\.key).sorted() == touched.sorted()
        )
        #expect(applied.events.filter { !$0.change.isPut }.map(\.key) == changes.deleted)
        return outcome
    }
}
