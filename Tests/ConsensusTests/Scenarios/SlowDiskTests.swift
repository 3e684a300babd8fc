import Bytes
import Consensus
import Testing

@Suite("Disks slower than the election timeout")
struct SlowDiskTests {
    @Test("a candidate begins no further term before its vote for itself is durable")
    func candidateWaits() {
        let bench = RaftHarness(voters: [1, 2])
        _ = bench.pass(milliseconds: 601)
        bench.receive(.preVoteAnswer(.granted, campaignTerm: 1), from: 2, term: 0)
        let waiting = bench.pass(milliseconds: 5_000)
        #expect(waiting.allSatisfy { $0.messages.isEmpty && $0.hardState == nil })
        #expect(bench.raft.term == 1)
        #expect(bench.raft.role == .candidate)
        #expect(bench.persist().messages.to(2) == [.requestVote(lastEntry: .zero, cause: .timeout)])
        #expect(bench.receive(.vote(.granted), from: 2, term: 1).leadership?.role == .leader)
    }

    @Test("one that is alone leads once its vote is durable, however long that takes, and stays")
    func alone() throws {
        let bench = RaftHarness(voters: [1])
        bench.step(.tick)
        _ = bench.pass(milliseconds: 5_000)
        #expect(bench.raft.term == 1)
        bench.persist()
        #expect(bench.raft.role == .leader)
        try bench.propose("x")
        for _ in 0..<5 {
            _ = bench.pass(milliseconds: 1_000)
            bench.step(.diskStalled)
        }
        #expect(bench.raft.role == .leader)
        bench.persist()
        #expect(bench.raft.commitIndex == 2)
    }

    @Test("after a write the timeouts are longer by what it took, at most twenty of them")
    func timeoutsGrow() {
        for (disk, least, most) in [(0, 300, 600), (1_000, 1_300, 1_601), (60_000, 6_300, 6_601)] {
            let bench = RaftHarness()
            bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 1)
            bench.stand(milliseconds: UInt64(disk))
            bench.persist()
            let wait = bench.raft.nextDeadline.nanoseconds(since: bench.now) / 1_000_000
            #expect((UInt64(least)..<UInt64(most)).contains(wait), "\(disk) ms: \(wait)")
        }
    }

    @Test("votes of a voter with a slow disk count while the next term is asked for")
    func lateVote() {
        let bench = RaftHarness()
        _ = bench.pass(milliseconds: 601)
        bench.receive(.preVoteAnswer(.granted, campaignTerm: 1), from: 2, term: 0)
        bench.persist()
        _ = bench.pass(milliseconds: 601)
        #expect(bench.raft.role == .preCandidate)
        #expect(bench.raft.term == 1)
        bench.receive(.vote(.refused), from: 3, term: 1)
        #expect(bench.raft.role == .preCandidate)
        bench.receive(.vote(.granted), from: 2, term: 1)
        #expect(bench.raft.role == .leader)
        #expect(bench.raft.term == 1)
    }

    @Test("a late vote of another term counts for nothing")
    func voteOfAnotherTerm() {
        let bench = RaftHarness(term: 4, votedFor: 3)
        _ = bench.pass(milliseconds: 601)
        #expect(bench.raft.role == .preCandidate)
        bench.receive(.vote(.granted), from: 2, term: 4)
        bench.receive(.vote(.granted), from: 3, term: 4)
        #expect(bench.raft.role == .preCandidate, "it never stood in term 4")
    }

    @Test("a vote that was granted before a restart counts for nothing: the log may have held more")
    func voteOfAnotherLife() {
        let bench = RaftHarness(term: 4, votedFor: 1)
        _ = bench.pass(milliseconds: 601)
        #expect(bench.raft.role == .preCandidate)
        bench.receive(.vote(.granted), from: 2, term: 4)
        bench.receive(.vote(.granted), from: 3, term: 4)
        #expect(bench.raft.role == .preCandidate, "this life never stood in term 4")
    }

    /// A leader of three whose entry 2 is not durable here.
    private func busyLeader() throws -> RaftHarness {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(1, from: 2)
        bench.acknowledge(1, from: 3)
        try bench.propose("x")
        return bench
    }

    @Test("a leader whose disk stands still makes room for one whose disk does not")
    func makesRoom() throws {
        let bench = try busyLeader()
        bench.stand(milliseconds: 200)
        bench.acknowledge(2, from: 3)
        bench.receive(.heartbeatResponse(0), from: 2, term: 1)
        bench.stand(milliseconds: 50)
        let ready = bench.step(.diskStalled)
        #expect(bench.raft.role == .follower)
        #expect(ready.messages.to(3).contains(.timeoutNow))
        #expect(!ready.messages.to(2).contains(.timeoutNow))
    }

    @Test("it goes on where the others' disks are as slow, or too few of them are heard")
    func goesOn() throws {
        let asSlow = try busyLeader()
        for _ in 0..<6 {
            asSlow.stand(milliseconds: 50)
            for peer: MemberID in [2, 3] {
                asSlow.receive(.heartbeatResponse(0), from: peer, term: 1)
            }
        }
        #expect(asSlow.step(.diskStalled).messages.isEmpty)
        #expect(asSlow.raft.role == .leader)

        let silent = try busyLeader()
        silent.stand(milliseconds: 100)
        silent.acknowledge(2, from: 3)
        silent.stand(milliseconds: 200)
        #expect(silent.step(.diskStalled).messages.isEmpty, "one of two others is not enough")
        #expect(silent.raft.role == .leader)
    }

    /// Three or five disks, in milliseconds a batch.
    private static let disks: [[UInt64]] = [
        [1_000], [1_000, 1_000], [1_000, 1_000, 1_000], [400, 900, 2_000], [1, 1_000, 1_000],
        [1, 1, 1_500], [310, 310, 310], [1_000, 1_000, 1_000, 1_000, 1_000],
        [1, 300, 700, 1_500, 3_000],
    ]

    @Test("a leader is found, stays, and commits, whatever the disks take", arguments: disks)
    func live(_ disks: [UInt64]) {
        for seed in UInt64(1)...3 {
            var world = SlowDisks(milliseconds: disks, seed: seed)
            world.run(milliseconds: 15_000, proposesEach: 50)
            #expect(world.cluster.laws.violations.isEmpty)
            let (found, before) = (world.leaders.count, world.committed)
            #expect(found > 0, "seed \(seed): nobody leads after 15 s")
            world.run(milliseconds: 10_000, proposesEach: 50)
            #expect(world.leaders.count - found <= 1, "seed \(seed): \(world.leaders)")
            #expect(world.committed > before.advanced(by: 50), "seed \(seed)")
        }
    }
}
