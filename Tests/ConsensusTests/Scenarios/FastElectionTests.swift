import Bytes
import Consensus
import Testing

@Suite("Fast re-election when the leader's process is gone")
struct FastElectionTests {
    /// A follower of member 3 in term 2.
    private func follower(id: MemberID = 1, voters: [MemberID] = [1, 2, 3]) -> RaftHarness {
        let bench = RaftHarness(id: id, voters: voters, term: 2)
        bench.step(.linkUp(3, generation: 5))
        bench.receive(bench.heartbeat(), from: 3, term: 2)
        return bench
    }

    private func isPreVote(_ message: Message) -> Bool {
        if case .preVote = message.body { true } else { false }
    }

    @Test(
        "pre-vote after rank x 25 ms and up to 5 ms, by id among the voters but the old leader",
        arguments: [(1, 0), (2, 25), (4, 50), (5, 75)] as [(MemberID, UInt64)]
    )
    func rank(_ own: MemberID, delay: UInt64) {
        let bench = follower(id: own, voters: [1, 2, 3, 4, 5])
        bench.step(.linkBroken(leader: 3, generation: 5))
        let wait = bench.raft.nextDeadline.nanoseconds(since: bench.now)
        #expect((delay * 1_000_000...(delay + 5) * 1_000_000).contains(wait))
        let asked = bench.pass(milliseconds: delay + 6).flatMap(\.messages)
        #expect(asked.filter(isPreVote).count == 4)
    }

    @Test("the broken link ends the refusal of votes; a message of the leader restores it")
    func refusal() {
        let bench = follower()
        bench.step(.linkBroken(leader: 3, generation: 5))
        let free = bench.receive(.preVote(lastEntry: .zero), from: 2, term: 2)
        #expect(free.messages.map(\.body) == [.preVoteAnswer(.granted, campaignTerm: 3)])
        bench.receive(bench.heartbeat(), from: 3, term: 2)
        let bound = bench.receive(.preVote(lastEntry: .zero), from: 2, term: 2)
        #expect(bound.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 3)])
        let asked = bench.pass(milliseconds: 100).flatMap(\.messages)
        #expect(!asked.contains(where: isPreVote), "the leader lives: the campaign is off")
    }

    @Test("a live leader is not deposed by a member that lost its link to it")
    func liveLeader() {
        let leader = RaftHarness(id: 3)
        leader.lead(votesOf: [1, 2])
        let refused = leader.receive(.preVote(lastEntry: id(1, index: 9)), from: 1, term: 1)
        #expect(refused.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 2)])
        // And the other follower, who hears the leader, refuses as well: no majority.
        let other = follower(id: 2)
        let answer = other.receive(.preVote(lastEntry: .zero), from: 1, term: 2)
        #expect(answer.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 3)])
    }

    @Test("after a refusal three more tries 25-50 ms apart, then ordinary timeouts")
    func retries() {
        let bench = follower()
        bench.step(.linkBroken(leader: 3, generation: 5))
        var tries = 0
        var last = bench.now
        var gaps: [UInt64] = []
        let begin = bench.now
        while bench.now.nanoseconds(since: begin) < 299_000_000 {
            let asked = bench.pass(milliseconds: 1).flatMap(\.messages).contains(where: isPreVote)
            guard asked else { continue }
            tries += 1
            gaps.append(bench.now.nanoseconds(since: last) / 1_000_000)
            last = bench.now
            bench.receive(.preVoteAnswer(.refused, campaignTerm: 3), from: 2, term: 2)
        }
        #expect(tries == 4)
        #expect(gaps.dropFirst().allSatisfy { (24...51).contains($0) }, "\(gaps)")
    }

    @Test("news of an older link than the current one says nothing")
    func olderLink() {
        let bench = follower()
        bench.step(.linkUp(3, generation: 6))
        bench.step(.linkBroken(leader: 3, generation: 5))
        #expect(bench.raft.status.leader == 3)
    }

    @Test("news about somebody who does not lead says nothing")
    func otherMember() {
        let bench = follower()
        bench.step(.linkBroken(leader: 2, generation: 9))
        #expect(bench.raft.status.leader == 3)
    }

    @Test("granting a real vote cancels the own campaign")
    func grant() {
        let bench = follower(id: 2)
        bench.step(.linkBroken(leader: 3, generation: 5))
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 1, term: 3)
        let answered = bench.persist()
        #expect(answered.messages.to(1) == [.vote(.granted)])
        let asked = bench.pass(milliseconds: 200).flatMap(\.messages)
        #expect(!asked.contains(where: isPreVote))
    }

    @Test("silence alone changes nothing before the election timeout")
    func timeout() {
        let bench = follower()
        let asked = bench.pass(milliseconds: 299).flatMap(\.messages)
        #expect(asked.isEmpty)
        #expect(bench.raft.status.leader == 3)
    }
}
