import Consensus
import Replica
import TestSupport
import Testing

@Suite("Disks slower than the election timeout (operations.md, Timings)")
struct SlowLogTests {
    @Test("a member alone forms, leads in its first term, serves, and says that its disk is slow")
    func alone() throws {
        let harness = ReplicaHarness(1)
        harness.members[0].logMilliseconds = 1_000
        try harness.start(0)
        #expect(harness.run(10_000) { harness.leader == 0 })
        let term = harness.members[0].term
        for number in 0..<5 { try write(number, at: 0, of: harness) }
        #expect(harness.members[0].term == term)
        let told = harness.members[0].notices
        let isOnce = told == [.slowDisk(milliseconds: 1_000, electionTimeoutMilliseconds: 300)]
        #expect(isOnce, "\(told)")
        let writes = harness.members[0].status?.logWrites
        #expect((writes?.slowCount ?? 0) >= 6)
        #expect((writes?.nanoseconds ?? 0) >= 6_000_000_000)
    }

    @Test("a disk that does not finish a write makes its member unready until it does")
    func silent() throws {
        let harness = ReplicaHarness(1)
        try harness.start(0)
        #expect(harness.settle())
        harness.members[0].logMilliseconds = 15_000
        harness.tell(
            0,
            input: .propose(harness.ticket(), ReplicaHarness.put("/a", value: "1"))
        )
        #expect(harness.run(12_000) { harness.members[0].unreadiness == [.diskStalled] })
        let checks = harness.members[0].status?.healthChecks.filter { !$0.holds }
        #expect(checks?.map(\.subject) == [.disk])
        #expect(harness.run(5_000) { harness.members[0].unreadiness.isEmpty })
    }

    @Test("three members elect a leader that stays and commits")
    func three() throws {
        let harness = ReplicaHarness(3)
        for member in harness.members { member.logMilliseconds = 1_000 }
        for number in 0..<3 { try harness.start(number) }
        #expect(harness.run(20_000) { harness.leader != nil })
        let leader = try #require(harness.leader)
        try write(0, at: leader, of: harness)
        let term = harness.members[leader].term
        for number in 1..<6 { try write(number, at: leader, of: harness) }
        #expect(harness.members.allSatisfy { $0.term == term })
        for member in harness.members { #expect(member.notices.count == 1) }
    }

    @Test("a leader whose disk slows down makes room for one whose disk does not")
    func handsOver() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        try write(0, at: leader, of: harness)
        harness.members[leader].logMilliseconds = 5_000
        let ticket = harness.ticket()
        harness.tell(leader, input: .propose(ticket, ReplicaHarness.put("/b", value: "1")))
        #expect(harness.run(4_000) { harness.leader != nil && harness.leader != leader })
    }

    @Test(
        "a leader that is told to end hands over to a member whose disk is as slow, and then ends"
    )
    func endsInOrder() throws {
        let harness = ReplicaHarness(3)
        for member in harness.members { member.logMilliseconds = 1_000 }
        for number in 0..<3 { try harness.start(number) }
        #expect(harness.run(20_000) { harness.leader != nil })
        let leader = try #require(harness.leader)
        for number in 0..<2 { try write(number, at: leader, of: harness) }
        let ticket = harness.ticket()
        harness.tell(leader, input: .propose(ticket, ReplicaHarness.put("/a", value: "last")))
        _ = harness.run(10)
        let term = harness.members[leader].term
        harness.tell(leader, input: .stop)
        #expect(harness.run(10_000) { harness.members[leader].stop != nil })
        #expect(harness.members[leader].stop == .orderly)
        let successor = harness.members.firstIndex { $0.term == term + 1 }
        #expect(successor != nil, "nobody stood for election when the leader ended")
        #expect(harness.run(3_000) { harness.leader == successor })
        #expect(harness.members.allSatisfy { $0.term == 0 || $0.term == term + 1 })
    }

    @Test("a quick disk is nothing to tell of")
    func quick() throws {
        let harness = ReplicaHarness(1)
        harness.members[0].logMilliseconds = 250
        try harness.start(0)
        #expect(harness.run(10_000) { harness.leader == 0 })
        try write(0, at: 0, of: harness)
        #expect(harness.members[0].notices.isEmpty)
        #expect(harness.members[0].status?.logWrites.slowCount == 0)
    }

    private func write(_ number: Int, at member: Int, of harness: ReplicaHarness) throws {
        let ticket = harness.ticket()
        harness.tell(member, input: .propose(ticket, ReplicaHarness.put("/a", value: "\(number)")))
        let reply = try #require(harness.reply(to: ticket, at: member, within: 10_000))
        #expect(reply.failure == nil)
    }
}
