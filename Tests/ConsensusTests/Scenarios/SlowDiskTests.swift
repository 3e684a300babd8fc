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

    @Test(
        "a voter does not campaign against its candidate before its vote is durable, however long"
    )
    func voterWaits() {
        let bench = RaftHarness()
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 1)
        for _ in 0..<20 {
            _ = bench.pass(milliseconds: 250)
            #expect(bench.raft.role == .follower)
        }
        #expect(bench.persist().messages.map(\.body) == [.vote(.granted)])
        #expect(bench.raft.role == .follower)
    }

    @Test("nor on the news that the leader is gone for which it has just voted")
    func fastVoterWaits() {
        let bench = RaftHarness()
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 1)
        bench.receive(bench.heartbeat(), from: 2, term: 1)
        bench.step(.linkBroken(leader: 2, generation: 0))
        _ = bench.pass(milliseconds: 5_000)
        #expect(bench.raft.role == .follower)
        #expect(bench.raft.leader == nil)
    }

    /// How long a member of the bench waits for a leader from now on, in milliseconds.
    private func wait(_ bench: RaftHarness) -> UInt64 {
        bench.raft.nextDeadline.nanoseconds(since: bench.now) / 1_000_000
    }

    /// A member whose vote for member 2 took that long to become durable.
    private func voter(milliseconds disk: UInt64) -> RaftHarness {
        let bench = RaftHarness()
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 1)
        bench.stand(milliseconds: disk)
        bench.persist()
        return bench
    }

    @Test("a wait for what comes of a vote is longer by what a write took, at most twenty timeouts")
    func timeoutsGrow() {
        let rows: [(UInt64, Range<UInt64>)] = [
            (0, 300..<600), (1_000, 1_300..<1_601), (60_000, 6_300..<6_601),
        ]
        for (disk, expected) in rows {
            let bench = voter(milliseconds: disk)
            #expect(expected.contains(wait(bench)), "\(disk) ms: \(wait(bench))")
            bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 3, term: 2)
            #expect(expected.contains(wait(bench)), "\(disk) ms: \(wait(bench))")
        }
    }

    @Test("a slow write of long ago delays nobody who waits for no vote")
    func plainTimeouts() throws {
        let follower = voter(milliseconds: 60_000)
        follower.receive(follower.heartbeat(), from: 2, term: 1)
        #expect((300..<600).contains(wait(follower)), "heard: \(wait(follower))")
        _ = follower.pass(milliseconds: 601)
        #expect(follower.raft.role == .preCandidate)
        #expect((0..<600).contains(wait(follower)), "asks: \(wait(follower))")

        let leader = RaftHarness()
        leader.lead()
        try leader.propose("a")
        leader.stand(milliseconds: 60_000)
        leader.persist()
        leader.acknowledge(2, from: 2)
        while leader.raft.role == .leader { _ = leader.pass(milliseconds: 10) }
        #expect((290..<600).contains(wait(leader)), "stepped down: \(wait(leader))")
    }

    @Test("a write that an installed snapshot overtook says nothing of the disk")
    func installEndsMeasure() {
        let bench = RaftHarness(term: 1, log: entries([1, 1]))
        let snapshot = id(2, index: 9)
        let chunk = SnapshotChunk(
            snapshot: snapshot,
            offset: 0,
            bytes: [1, 2, 3],
            totalByteCount: 3
        )
        bench.receive(.installSnapshot(chunk), from: 2, term: 2)
        bench.step(.snapshotWritten(SnapshotOffset(snapshot: snapshot, nextOffset: 3)))
        bench.stand(milliseconds: 60_000)
        bench.step(.snapshotInstalled(snapshot, .zero, founding([1, 2, 3])))
        bench.persist()
        let vote = Message.Body.requestVote(lastEntry: snapshot, cause: .timeout)
        #expect(bench.receive(vote, from: 3, term: 3).hardState?.votedFor == 3)
        #expect((300..<600).contains(wait(bench)), "\(wait(bench))")
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

    /// What a batch takes on each of some disks, in milliseconds.
    private static let disks: [[ClosedRange<UInt64>]] = [
        [1_000...1_000], [1_000...1_000, 1_000...1_000], [300...900, 300...900, 300...900],
        [1_000...1_000, 1_000...1_000, 1_000...1_000], [400...400, 900...900, 2_000...2_000],
        [1...1, 1_000...1_000, 1_000...1_000], [1...1, 1...1, 1_500...1_500],
        [310...310, 310...310, 310...310], [1...1, 300...900, 300...900],
        [300...900, 300...900, 300...900, 300...900, 300...900],
        [1...1, 300...900, 300...900, 300...900, 300...900],
        [1...1, 300...300, 700...700, 1_500...1_500, 3_000...3_000],
    ]

    @Test("a leader is found, stays, and commits, whatever the disks take", arguments: disks)
    func live(_ disks: [ClosedRange<UInt64>]) {
        let slowest = disks.map(\.upperBound).max() ?? 0
        for seed in UInt64(1)...2 {
            var world = SlowDisks(milliseconds: disks, seed: seed)
            world.run(milliseconds: 15_000, proposesEach: 50)
            #expect(world.cluster.laws.violations.isEmpty)
            let reigns = world.reigns
            #expect(!reigns.isEmpty, "seed \(seed): nobody leads after 15 s")
            // A write waits for the one under way, then for itself.
            for span in 0..<5 {
                let before = world.committed
                world.run(milliseconds: 2 * slowest + 50, proposesEach: 50)
                #expect(world.reigns == reigns, "seed \(seed), span \(span): \(world.reigns)")
                #expect(world.committed > before, "seed \(seed), span \(span)")
            }
        }
    }
}
