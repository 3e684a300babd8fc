import Bytes
import Consensus
import Testing

@Suite("PreVote (9.6) and CheckQuorum (6.2, 4.2.3)")
struct PreVoteTests {
    @Test("a follower that hears its leader refuses pre-votes and ignores votes of newer terms")
    func liveLeader() {
        let bench = RaftHarness(term: 3)
        bench.receive(bench.heartbeat(), from: 2, term: 3)
        _ = bench.pass(milliseconds: 299)
        let answer = bench.receive(.preVote(lastEntry: id(3, index: 9)), from: 3, term: 7)
        #expect(answer.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 8)])
        #expect(bench.raft.term == 3, "a pre-vote changes nothing at its receiver")
        let vote = bench.receive(
            .requestVote(lastEntry: id(3, index: 9), cause: .timeout),
            from: 3,
            term: 8
        )
        #expect(vote.messages.isEmpty)
        #expect(bench.raft.term == 3, "a removed or cut off member must not inflate the term")
    }

    @Test("the refusal ends an election timeout after the last message")
    func silentLeader() {
        let bench = RaftHarness(term: 3)
        bench.receive(bench.heartbeat(), from: 2, term: 3)
        _ = bench.pass(milliseconds: 300)
        let answer = bench.receive(.preVote(lastEntry: .zero), from: 3, term: 3)
        #expect(answer.messages.map(\.body) == [.preVoteAnswer(.granted, campaignTerm: 4)])
        #expect(bench.raft.status.leader == 2, "a promise of nothing changes nothing")
    }

    @Test(
        "a pre-vote is granted as a vote would be: we hold term 5 and the last entry 5/9",
        arguments: [
            (5, id(5, index: 9), .granted),
            (7, id(5, index: 9), .granted),
            (4, id(5, index: 9), .refused),  // For term 5, which is ours already.
            (5, id(5, index: 8), .refused),
            (6, id(4, index: 50), .refused),
        ] as [(Term, EntryID, Message.Vote)]
    )
    func preVote(_ term: Term, last: EntryID, expected: Message.Vote) {
        let bench = RaftHarness(term: 5, log: entries(Array(repeating: 5, count: 9)))
        // An entry of a term after the sender's is no honest question.
        guard last.term <= term else {
            bench.receive(.preVote(lastEntry: last), from: 2, term: term)
            #expect(bench.raft.status.refusedMessageCount == 1)
            return
        }
        let ready = bench.receive(.preVote(lastEntry: last), from: 2, term: term)
        let campaignTerm = Term(rawValue: term.rawValue + 1)
        #expect(
            ready.messages.map(\.body) == [.preVoteAnswer(expected, campaignTerm: campaignTerm)]
        )
        #expect(ready.hardState == nil)
    }

    @Test("a refused pre-vote of a newer term teaches that term")
    func learnsTerm() {
        let bench = RaftHarness(term: 5)
        _ = bench.pass(milliseconds: 601)
        bench.receive(.preVoteAnswer(.refused, campaignTerm: 6), from: 2, term: 8)
        #expect(bench.raft.term == 8)
        #expect(bench.raft.role == .follower)
    }

    @Test("a leader without a quorum of answers steps down within an election timeout")
    func checkQuorum() {
        let bench = RaftHarness()
        bench.lead()
        for _ in 0..<20 {
            bench.receive(.heartbeatResponse(0), from: 2, term: bench.raft.term)
            _ = bench.pass(milliseconds: 100)
        }
        #expect(bench.raft.role == .leader, "one of two followers and itself are a majority")
        _ = bench.pass(milliseconds: 601)
        #expect(bench.raft.role != .leader)
        #expect(bench.raft.status.leader == nil)
    }

    @Test("a leader refuses pre-votes as long as it leads")
    func leaderRefuses() {
        let bench = RaftHarness()
        bench.lead()
        let ready = bench.receive(.preVote(lastEntry: id(1, index: 99)), from: 2, term: 1)
        #expect(ready.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 2)])
        #expect(bench.raft.role == .leader)
    }

    @Test("a leader whose disk stalls makes room")
    func diskStalled() {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(1, from: 2)
        bench.acknowledge(1, from: 3)
        let ready = bench.step(.diskStalled)
        #expect(bench.raft.role == .follower)
        #expect(ready.leadership?.leader == nil)
        #expect(bench.raft.term == 1)
        #expect(ready.messages.to(2).contains(.timeoutNow), "the successor need not time out")
    }
}
