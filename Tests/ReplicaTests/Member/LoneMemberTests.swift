import Bytes
import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("one member alone (operations.md)")
struct LoneMemberTests {
    @Test("forms at once, serves, and finds everything again after kill -9")
    func life() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
        let read = harness.ticket()
        harness.tell(0, input: .read(read))
        guard case .readable = harness.reply(to: read, at: 0) else {
            Issue.record("a read was not served")
            return
        }
        #expect(harness.value("/a", at: 0) == "1")
        let cluster = harness.members[0].status?.cluster
        harness.kill(0)
        try harness.start(0)
        #expect(harness.settle())
        #expect(harness.value("/a", at: 0) == "1")
        #expect(harness.members[0].status?.cluster == cluster)
        #expect(harness.put("/a", value: "2", at: 0)?.revision == 3)
    }

    @Test("a wall clock that is read at a time that goes back counts from now on")
    func wallClockWhileTimeGoesBack() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        #expect(harness.settle())
        let past = MonotonicTime(rawValue: harness.now.rawValue - 500_000_000)
        let wall: UInt64 = 1_700_000_000_000
        harness.members[0].replica?.step(.wallClock(milliseconds: wall), now: past)
        _ = harness.run(200)
        let first = try #require(harness.members[0].replica?.keyspace.wallClockOffsetMilliseconds)
        harness.tell(0, input: .wallClock(milliseconds: wall + 200))
        _ = harness.run(200)
        #expect(harness.members[0].replica?.keyspace.wallClockOffsetMilliseconds == first)
    }

    @Test("a full disk refuses what grows and lets deletes through (operations.md, Disk space)")
    func noSpace() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
        harness.tell(0, input: .diskSpace(freeByteCount: 1 << 20))
        #expect(harness.put("/b", value: "1", at: 0)?.failure == .notApplied(.noSpace))
        #expect(
            harness.members[0].unreadiness.isEmpty && harness.members[0].status?.diskSpace == .short
        )
        let ticket = harness.ticket()
        let delete = Command.delete(
            .key(Key(unchecked: Array("/a".utf8))),
            condition: .none
        )
        harness.tell(0, input: .propose(ticket, EncodedWrite(Request(delete))))
        #expect(harness.reply(to: ticket, at: 0)?.revision == 3)
        harness.tell(0, input: .diskSpace(freeByteCount: 1 << 40))
        #expect(harness.put("/b", value: "1", at: 0)?.revision == 4)
    }

    private static func transaction(then: [Transaction.Operation]) -> EncodedWrite {
        EncodedWrite(Request(.transaction(Transaction(compares: [], then: then, otherwise: []))))
    }

    @Test("a full disk lets a transaction through that puts nothing (operations.md, Disk space)")
    func noSpaceInTransaction() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let key = Key(unchecked: Array("/a".utf8))
        let get = Transaction.Operation.get(.key(key))
        let delete = Transaction.Operation.delete(.key(key))
        let put = Transaction.Operation.put(key: key, value: [1], lease: nil)
        // Refused by the leader, who alone is short: its own clients' writes and a follower's.
        for number in [leader, (leader + 1) % 3] {
            harness.tell(leader, input: .diskSpace(freeByteCount: 1 << 40))
            #expect(harness.put("/a", value: "1", at: number)?.revision != nil)
            harness.tell(leader, input: .diskSpace(freeByteCount: 1 << 20))
            harness.round()
            let refused = harness.ticket()
            harness.tell(number, input: .propose(refused, Self.transaction(then: [delete, put])))
            #expect(harness.reply(to: refused, at: number)?.failure == .notApplied(.noSpace))
            #expect(harness.value("/a", at: number) == "1")
            let passed = harness.ticket()
            harness.tell(number, input: .propose(passed, Self.transaction(then: [get, delete])))
            #expect(harness.reply(to: passed, at: number)?.revision != nil)
            #expect(harness.value("/a", at: number) == nil)
        }
        let other = harness.ticket()
        let otherwise = Transaction(compares: [], then: [delete], otherwise: [put])
        harness.tell(leader, input: .propose(other, EncodedWrite(Request(.transaction(otherwise)))))
        #expect(harness.reply(to: other, at: leader)?.failure == .notApplied(.noSpace))
    }

    @Test("snapshots are taken when the log has grown, and used at the next start")
    func snapshot() throws {
        let harness = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 200_000 }
        try harness.startAll()
        let long = String(repeating: "x", count: 20_000)
        for number in 0..<60 {
            #expect(harness.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        #expect(harness.run(1_000) { harness.members[0].status?.snapshotIndex != .zero })
        harness.kill(0)
        try harness.start(0)
        #expect(harness.settle())
        #expect(harness.value("/k59", at: 0) == long)
        #expect(harness.members[0].status?.snapshotIndex != .zero)
    }

    @Test("a member that applies a long log again takes a snapshot only of what it has applied")
    func snapshotOfApplied() throws {
        let harness = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 1 << 30 }
        try harness.startAll()
        let long = String(repeating: "x", count: 400_000)
        for number in 0..<32 {
            #expect(harness.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        harness.kill(0)
        harness.members[0].configuration.snapshotLogByteCountMin = 8_000_000
        // So little is kept in memory that the log is applied as it is read, part by part.
        harness.members[0].configuration.windowByteCountMax = 1 << 20
        try harness.start(0)
        #expect(harness.settle())
        #expect(harness.run(5_000) { harness.members[0].status?.snapshotIndex != .zero })
        #expect(harness.members[0].snapshotCount == 1)
        #expect(harness.members[0].status?.snapshotIndex ?? .zero >= LogIndex(rawValue: 20))
    }

    @Test("damage before the durable bound ends the only member")
    func damage() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        for number in 0..<20 { _ = harness.put("/k\(number)", value: "value", at: 0) }
        harness.kill(0)
        harness.members[0].disk.contents[.segment(1)]?[400] ^= 1
        #expect(throws: StopReason.self) { try harness.start(0) }
    }

    @Test("an orderly end is said once everything is durable")
    func stop() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        #expect(harness.put("/a", value: "1", at: 0)?.revision == 2)
        harness.tell(0, input: .stop)
        #expect(harness.run(2_000) { harness.members[0].stop != nil })
        #expect(harness.members[0].stop == .orderly)
    }
}
