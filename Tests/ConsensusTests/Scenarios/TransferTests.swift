import Bytes
import Consensus
import Testing

@Suite("Leadership transfer, dissertation 3.10")
struct TransferTests {
    private func leader() -> RaftHarness {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(1, from: 2)
        bench.acknowledge(1, from: 3)
        return bench
    }

    @Test("a target that has everything is told at once, another one when it has")
    func told() throws {
        let bench = leader()
        #expect(bench.step(.transferLeadership(to: 2)).messages.to(2) == [.timeoutNow])
        let slow = leader()
        try slow.propose("a")
        slow.persist()
        #expect(!slow.step(.transferLeadership(to: 2)).messages.to(2).contains(.timeoutNow))
        #expect(slow.acknowledge(2, from: 2).messages.to(2).contains(.timeoutNow))
    }

    @Test("proposals are refused meanwhile, and taken again when it fails")
    func abort() throws {
        let bench = leader()
        bench.step(.transferLeadership(to: 2))
        #expect(throws: ProposalRefusal.transferring(to: 2)) { try bench.propose("a") }
        #expect(bench.raft.status.transferTarget == 2)
        bench.receive(.heartbeatResponse(0), from: 3, term: 1)
        _ = bench.pass(milliseconds: 299)
        #expect(throws: ProposalRefusal.transferring(to: 2)) { try bench.propose("a") }
        bench.receive(.heartbeatResponse(0), from: 3, term: 1)
        _ = bench.pass(milliseconds: 2)
        #expect(bench.raft.role == .leader)
        #expect(throws: Never.self) { try bench.propose("a") }
    }

    /// A leader whose peer 2 made an entry durable in that many milliseconds.
    private func leader(overDiskOf milliseconds: UInt64) throws -> RaftHarness {
        let bench = leader()
        try bench.propose("a")
        bench.persist()
        bench.stand(milliseconds: milliseconds)
        bench.acknowledge(2, from: 2)
        bench.acknowledge(2, from: 3)
        return bench
    }

    /// How long a transfer to peer 2 goes on without success, in steps of 50 ms.
    private func patience(_ bench: RaftHarness, milliseconds most: UInt64) -> UInt64 {
        bench.step(.transferLeadership(to: 2))
        for passed in stride(from: 0, to: most, by: 50) {
            guard bench.raft.status.transferTarget != nil else { return passed }
            bench.receive(.heartbeatResponse(0), from: 3, term: 1)
            _ = bench.pass(milliseconds: 50)
        }
        return most
    }

    @Test("a target with a slow disk has time for two writes more, of twenty timeouts at most")
    func slowTarget() throws {
        for (disk, expected) in [(0, 300), (1_000, 2_300), (60_000, 6_300)] as [(UInt64, UInt64)] {
            let bench = try leader(overDiskOf: disk)
            #expect(patience(bench, milliseconds: 10_000) == expected, "a disk of \(disk) ms")
            #expect(bench.raft.role == .leader)
            #expect(throws: Never.self) { try bench.propose("b") }
        }
    }

    @Test("a target that is silent has no more time for its disk")
    func silentTarget() throws {
        let bench = leader()
        try bench.propose("a")
        bench.persist()
        for _ in 0..<40 {
            bench.acknowledge(2, from: 3)
            _ = bench.pass(milliseconds: 50)
        }
        #expect(patience(bench, milliseconds: 10_000) == 300)
    }

    @Test("the target campaigns without pre-votes, and passes the others' refusal")
    func target() {
        let target = RaftHarness(id: 2, term: 1)
        target.receive(target.heartbeat(), from: 1, term: 1)
        target.receive(.timeoutNow, from: 1, term: 1)
        #expect(target.raft.role == .candidate)
        let requests = target.persist().messages.to(3)
        #expect(requests == [.requestVote(lastEntry: .zero, cause: .transfer)])
        let voter = RaftHarness(id: 3, term: 1)
        voter.receive(voter.heartbeat(), from: 1, term: 1)
        voter.receive(requests[0], from: 2, term: 2)
        #expect(voter.persist().messages.to(2) == [.vote(.granted)])
    }

    @Test("a stranger's word moves nobody to campaign")
    func stranger() {
        let target = RaftHarness(id: 2, term: 1)
        target.receive(target.heartbeat(), from: 1, term: 1)
        target.receive(.timeoutNow, from: 3, term: 1)
        #expect(target.raft.role == .follower)
    }

    @Test("leadership goes to voters only")
    func learner() throws {
        let membership = try Membership(
            members: [1, 2, 3].map(member),
            voters: [1, 2],
            learners: [3]
        )
        let bench = RaftHarness(membership: membership)
        bench.lead(votesOf: [2])
        bench.acknowledge(1, from: 2)
        bench.acknowledge(1, from: 3)
        bench.step(.transferLeadership(to: 3))
        #expect(bench.raft.status.transferTarget == nil)
    }
}
