import Bytes
import Consensus
import Journal
import Keyspace
import Testing

@testable import Replica

@Suite("one member alone (operations.md)")
struct LoneMemberTests {
    @Test("forms at once, serves, and finds everything again after kill -9")
    func life() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        let read = town.ticket()
        town.tell(0, input: .read(read))
        guard case .readable = town.reply(to: read, at: 0) else {
            Issue.record("a read was not served")
            return
        }
        #expect(town.value("/a", at: 0) == "1")
        let cluster = town.houses[0].status?.cluster
        town.kill(0)
        try town.start(0)
        #expect(town.settle())
        #expect(town.value("/a", at: 0) == "1")
        #expect(town.houses[0].status?.cluster == cluster)
        #expect(town.put("/a", value: "2", at: 0)?.revision == 2)
    }

    @Test("a full disk refuses what grows and lets deletes through (operations.md, Disk space)")
    func noSpace() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        town.tell(0, input: .diskSpace(freeByteCount: 1 << 20))
        #expect(town.put("/b", value: "1", at: 0)?.failure == .notApplied(.noSpace))
        #expect(town.houses[0].unreadiness.isEmpty && town.houses[0].status?.diskSpace == .short)
        let ticket = town.ticket()
        let delete = Command.delete(
            key: Path(unchecked: Array("/a".utf8)),
            extent: .key,
            condition: .none
        )
        town.tell(0, input: .propose(ticket, Request(delete)))
        #expect(town.reply(to: ticket, at: 0)?.revision == 2)
        town.tell(0, input: .diskSpace(freeByteCount: 1 << 40))
        #expect(town.put("/b", value: "1", at: 0)?.revision == 3)
    }

    private static func transaction(then: [Transaction.Operation]) -> Request {
        Request(.transaction(Transaction(compares: [], then: then, otherwise: [])))
    }

    @Test("a full disk lets a transaction through that puts nothing (operations.md, Disk space)")
    func noSpaceInTransaction() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let key = Path(unchecked: Array("/a".utf8))
        let get = Transaction.Operation.get(key: key, extent: .key)
        let delete = Transaction.Operation.delete(key: key, extent: .key)
        let put = Transaction.Operation.put(key: key, value: [1], lease: nil)
        // Refused by the leader, who alone is short: its own clients' writes and a follower's.
        for number in [leader, (leader + 1) % 3] {
            town.tell(leader, input: .diskSpace(freeByteCount: 1 << 40))
            #expect(town.put("/a", value: "1", at: number)?.revision != nil)
            town.tell(leader, input: .diskSpace(freeByteCount: 1 << 20))
            town.round()
            let refused = town.ticket()
            town.tell(number, input: .propose(refused, Self.transaction(then: [delete, put])))
            #expect(town.reply(to: refused, at: number)?.failure == .notApplied(.noSpace))
            #expect(town.value("/a", at: number) == "1")
            let passed = town.ticket()
            town.tell(number, input: .propose(passed, Self.transaction(then: [get, delete])))
            #expect(town.reply(to: passed, at: number)?.revision != nil)
            #expect(town.value("/a", at: number) == nil)
        }
        let other = town.ticket()
        let otherwise = Transaction(compares: [], then: [delete], otherwise: [put])
        town.tell(leader, input: .propose(other, Request(.transaction(otherwise))))
        #expect(town.reply(to: other, at: leader)?.failure == .notApplied(.noSpace))
    }

    @Test("snapshots are taken when the log has grown, and used at the next start")
    func snapshot() throws {
        let town = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 200_000 }
        try town.startAll()
        let long = String(repeating: "x", count: 20_000)
        for number in 0..<60 {
            #expect(town.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        #expect(town.run(1_000) { town.houses[0].status?.snapshotIndex != .zero })
        town.kill(0)
        try town.start(0)
        #expect(town.settle())
        #expect(town.value("/k59", at: 0) == long)
        #expect(town.houses[0].status?.snapshotIndex != .zero)
    }

    @Test("a member that applies a long log again takes a snapshot only of what it has applied")
    func snapshotOfApplied() throws {
        let town = ReplicaHarness(1) { $0.snapshotLogByteCountMin = 1 << 30 }
        try town.startAll()
        let long = String(repeating: "x", count: 400_000)
        for number in 0..<32 {
            #expect(town.put("/k\(number)", value: long, at: 0)?.revision != nil)
        }
        town.kill(0)
        town.houses[0].configuration.snapshotLogByteCountMin = 8_000_000
        // So little is kept in memory that the log is applied as it is read, part by part.
        town.houses[0].configuration.windowByteCountMax = 1 << 20
        try town.start(0)
        #expect(town.settle())
        #expect(town.run(5_000) { town.houses[0].status?.snapshotIndex != .zero })
        #expect(town.houses[0].snapshotCount == 1)
        #expect(town.houses[0].status?.snapshotIndex ?? .zero >= LogIndex(rawValue: 20))
    }

    @Test("damage before the durable bound ends the only member")
    func damage() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        for number in 0..<20 { _ = town.put("/k\(number)", value: "value", at: 0) }
        town.kill(0)
        town.houses[0].disk.contents[.segment(1)]?[400] ^= 1
        #expect(throws: StopReason.self) { try town.start(0) }
    }

    @Test("an orderly end is said once everything is durable")
    func stop() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        #expect(town.put("/a", value: "1", at: 0)?.revision == 1)
        town.tell(0, input: .stop)
        #expect(town.run(2_000) { town.houses[0].stop != nil })
        #expect(town.houses[0].stop == .orderly)
    }
}
