import Testing

@testable import Keyspace

/// Docs/http-api.md: keys and conditions.
@Suite("Commands on keys")
struct KeyCommandTests {
    /// A condition, on a key that was put twice (revisions 1 and 2) or one that is missing.
    struct Row: CustomTestStringConvertible {
        let key: String
        let condition: KeyCondition
        let holds: Bool

        var testDescription: String { "\(condition) on \(key)" }
    }

    static let rows = [
        Row(key: "/there", condition: .none, holds: true),
        Row(key: "/there", condition: .exists, holds: true),
        Row(key: "/there", condition: .absent, holds: false),
        Row(key: "/there", condition: .modRevision(revision(2)), holds: true),
        Row(key: "/there", condition: .modRevision(revision(1)), holds: false),
        Row(key: "/there", condition: .modRevision(revision(3)), holds: false),
        Row(key: "/missing", condition: .none, holds: true),
        Row(key: "/missing", condition: .exists, holds: false),
        Row(key: "/missing", condition: .absent, holds: true),
        Row(key: "/missing", condition: .modRevision(revision(2)), holds: false),
        Row(key: "/missing", condition: .modRevision(.zero), holds: false),
        Row(key: "/there", condition: .oneOf([]), holds: false),
        Row(key: "/there", condition: .oneOf([revision(1), revision(2)]), holds: true),
        Row(key: "/there", condition: .oneOf([revision(2), revision(9)]), holds: true),
        Row(key: "/there", condition: .oneOf([revision(1), revision(3)]), holds: false),
        Row(key: "/missing", condition: .oneOf([.zero, revision(2)]), holds: false),
        Row(key: "/there", condition: .noneOf([revision(1)], missing: .fails), holds: true),
        Row(
            key: "/there",
            condition: .noneOf([revision(1), revision(2)], missing: .meets),
            holds: false
        ),
        Row(key: "/missing", condition: .noneOf([revision(1)], missing: .meets), holds: true),
        Row(key: "/missing", condition: .noneOf([revision(1)], missing: .fails), holds: false),
        // A parent that only a descendant implies has no record.
        Row(key: "/implied", condition: .absent, holds: true),
        Row(key: "/implied", condition: .exists, holds: false),
    ]

    private func prepared() -> Machine {
        var machine = Machine()
        machine.apply(.put("/there", value: "1"))
        machine.apply(.put("/there", value: "2"))
        machine.apply(.put("/implied/child"))
        return machine
    }

    @Test(arguments: rows)
    func conditionsGuardPuts(_ row: Row) {
        var machine = prepared()
        let before = machine.keyspace.store.get(path(row.key))
        let outcome = machine.apply(.put(row.key, value: "new", if: row.condition))
        if row.holds {
            #expect(outcome.putResult?.revision == revision(4))
            #expect(outcome.putResult?.version == (before?.version ?? 0) + 1)
        } else {
            #expect(outcome.refusal == .conditionFailed(key: path(row.key), current: before))
            #expect(machine.keyspace.store.revision == revision(3))
        }
    }

    @Test(arguments: rows)
    func conditionsGuardDeletions(_ row: Row) {
        var machine = prepared()
        let before = machine.keyspace.store.get(path(row.key))
        let outcome = machine.apply(.delete(row.key, if: row.condition))
        switch (row.holds, before) {
        case (true, .some): #expect(outcome == .deleted(revision: revision(4), count: 1))
        case (true, nil): #expect(outcome.refusal == .notFound(.key))
        case (false, _):
            #expect(outcome.refusal == .conditionFailed(key: path(row.key), current: before))
        }
    }

    @Test func aPutTellsItsRevisions() {
        var machine = Machine()
        machine.apply(.put("/a"))
        machine.apply(.put("/b"))
        let result = machine.apply(.put("/a")).putResult
        #expect(result?.revision == revision(3))
        #expect(result?.createRevision == revision(1))
        #expect(result?.version == 2)
        #expect(machine.last.events.count == 1)
        #expect(machine.last.answer?.revision == revision(3))
        machine.apply(.delete("/a"))
        #expect(machine.apply(.put("/a")).putResult?.version == 1)
    }

    @Test func deletingASubtreeTakesOneRevisionAndSparesTheServicesRecords() {
        var machine = Machine()
        let holder = machine.apply(.grantLease(nil, timeToLiveMilliseconds: 60_000)).lease
        machine.apply(.acquire(lock("l"), ownership: .lease(holder ?? lease(0))))
        for key in ["/", "/a", "/a/b", "/a/b/c", "/ab"] { machine.apply(.put(key)) }
        let before = machine.keyspace.store.revision
        let outcome = machine.apply(.deleteSubtree("/a"))
        #expect(outcome == .deleted(revision: before.next, count: 3))
        #expect(machine.last.events.map(\.id.sub) == [0, 1, 2])
        #expect(machine.keyspace.store.get(path("/ab")) != nil)
        #expect(
            machine.apply(.deleteSubtree("/"))
                == .deleted(revision: before.next.next, count: 2)
        )
        #expect(machine.keyspace.holders(of: lock("l")).count == 1)
        #expect(
            machine.keyspace.store.get(lock("l").recordKey(of: holder ?? lease(0))) != nil
        )
    }

    @Test(arguments: ["/.roost", "/.roost/locks/l", "/.roost/other"])
    func theServicesKeysAreNotWritable(_ key: String) {
        var machine = Machine()
        let refused = Refusal.reservedKey(path(key))
        #expect(machine.apply(.put(key)).refusal == refused)
        #expect(machine.apply(.delete(key)).refusal == refused)
        #expect(machine.apply(.deleteSubtree(key)).refusal == refused)
        #expect(
            machine.apply(.createChild(parent: path(key), value: [], lease: .none)).refusal
                == refused
        )
        #expect(machine.apply(.put("/.roosting")).putResult != nil)
    }

    @Test func sequentialChildrenAreNeverReused() {
        var machine = Machine()
        let create = Command.createChild(parent: path("/q"), value: bytes("job"), lease: .none)
        func created(_ outcome: Outcome) -> String? {
            guard case .created(let key, _) = outcome else { return nil }
            return String(decoding: key.bytes, as: UTF8.self)
        }
        #expect(created(machine.apply(create)) == "/q/0000000001")
        #expect(created(machine.apply(create)) == "/q/0000000002")
        machine.apply(.deleteSubtree("/q"))
        #expect(created(machine.apply(create)) == "/q/0000000003")
        // What a client put there itself is stepped over.
        machine.apply(.put("/q/0000000004"))
        #expect(created(machine.apply(create)) == "/q/0000000005")
        let root = Command.createChild(parent: .root, value: [], lease: .none)
        #expect(created(machine.apply(root)) == "/0000000001")
    }

    @Test func aChildsKeyMayNotBeTooLong() {
        var machine = Machine()
        let parent = "/" + String(repeating: "p", count: Key.byteCountMax - 15)
        let outcome = machine.apply(.createChild(parent: path(parent), value: [], lease: .none))
        guard case .refused(.keyTooLong) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func compactionRefusesTheFutureAndThePast() {
        var machine = Machine()
        for _ in 0..<5 { machine.apply(.put("/a")) }
        #expect(
            machine.apply(.compact(revision(6))).refusal
                == .futureRevision(asked: revision(6), current: revision(5))
        )
        #expect(machine.apply(.compact(revision(3))) == .compacted(revision(3)))
        #expect(machine.apply(.compact(revision(3))) == .compacted(revision(3)))
        #expect(machine.apply(.compact(revision(2))).refusal == .compacted(revision(3)))
        #expect(machine.keyspace.store.compactRevision == revision(3))
        #expect(machine.keyspace.store.revision == revision(5))
    }
}
