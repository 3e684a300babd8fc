import Bytes
import Consensus
import Testing

@Suite("Leader election, dissertation 3.4")
struct ElectionTests {
    @Test("a follower asks for pre-votes between one and two election timeouts after silence")
    func electionTimeout() {
        var seen: Set<UInt64> = []
        for seed in UInt64(1)...50 {
            let bench = RaftHarness(seed: seed)
            let wait = bench.raft.nextDeadline.nanoseconds(since: bench.now) / 1_000_000
            #expect((300..<600).contains(wait))
            seen.insert(wait)
        }
        #expect(seen.count > 25, "timeouts hardly differ")
    }

    @Test("each timeout is drawn anew (3.4: so that a split vote does not repeat)")
    func drawnAnew() {
        let bench = RaftHarness()
        var waits: Set<UInt64> = []
        for _ in 0..<20 {
            let from = bench.now
            waits.insert(bench.raft.nextDeadline.nanoseconds(since: from))
            _ = bench.pass(
                milliseconds: bench.raft.nextDeadline.nanoseconds(since: from) / 1_000_000 + 1
            )
        }
        #expect(waits.count > 15)
    }

    @Test("a campaign: pre-votes first, then votes once the own one is durable")
    func campaign() {
        let bench = RaftHarness(term: 4)
        _ = bench.pass(milliseconds: 601)
        #expect(bench.raft.role == .preCandidate)
        #expect(bench.raft.term == 4, "a pre-vote must not change the term")
        let asked = bench.receive(.preVoteAnswer(.granted, campaignTerm: 5), from: 3, term: 4)
        #expect(bench.raft.role == .candidate)
        #expect(asked.hardState == HardState(term: 5, votedFor: 1))
        #expect(asked.messages.isEmpty, "a vote request overtook its own fsync")
        let requests = bench.persist().messages
        #expect(requests.map(\.to) == [2, 3])
        #expect(requests.allSatisfy { $0.body == .requestVote(lastEntry: .zero, cause: .timeout) })
        let won = bench.receive(.vote(.granted), from: 2, term: 5)
        #expect(bench.raft.role == .leader)
        #expect(won.entries.map(\.kind) == [.empty], "the first entry of its term (3.6.2)")
        #expect(won.messages.appends(to: 2).map(\.entries.count) == [1])
        #expect(won.messages.appends(to: 3).map(\.entries.count) == [1])
    }

    @Test("a lost campaign ends in a follower of the same term")
    func lostCampaign() {
        let bench = RaftHarness(term: 4)
        _ = bench.pass(milliseconds: 601)
        bench.receive(.preVoteAnswer(.granted, campaignTerm: 5), from: 3, term: 4)
        bench.persist()
        bench.receive(.vote(.refused), from: 2, term: 5)
        #expect(bench.raft.role == .candidate)
        bench.receive(.vote(.refused), from: 3, term: 5)
        #expect(bench.raft.role == .follower)
        #expect(bench.raft.term == 5)
    }

    @Test("a member that decides alone leads as soon as its vote is durable")
    func alone() throws {
        let bench = RaftHarness(voters: [1])
        bench.step(.tick)
        #expect(bench.raft.role == .candidate)
        bench.persist()
        #expect(bench.raft.role == .leader)
        bench.persist()
        #expect(bench.raft.commitIndex == 1)
        try bench.propose("a")
        #expect(bench.raft.commitIndex == 1, "committed before it was durable")
        bench.persist()
        #expect(bench.raft.commitIndex == 2)
    }

    @Test(
        "RequestVote, figure 3.1: we hold term 5 and the last entry 5/9",
        arguments: [
            // votedFor, request term, candidate's last entry, expected
            (nil, 6, id(5, index: 9), .granted),
            (nil, 5, id(5, index: 9), .granted),
            (nil, 4, id(4, index: 9), .refused),  // Stale term.
            (3, 5, id(5, index: 9), .refused),  // The vote of this term is spent.
            (2, 5, id(5, index: 9), .granted),  // The same vote again.
            (3, 6, id(5, index: 9), .granted),  // A new term, a new vote.
            (nil, 6, id(5, index: 8), .refused),  // A shorter log (3.6.1).
            (nil, 6, id(4, index: 99), .refused),  // A longer log of an older last term (3.6.1).
            (nil, 6, id(6, index: 1), .granted),  // A shorter log of a newer last term (3.6.1).
        ] as [(MemberID?, Term, EntryID, Message.Vote)]
    )
    func vote(_ votedFor: MemberID?, term: Term, last: EntryID, expected: Message.Vote) {
        let bench = RaftHarness(
            term: 5,
            votedFor: votedFor,
            log: entries(Array(repeating: 5, count: 9))
        )
        var ready = bench.receive(
            .requestVote(lastEntry: last, cause: .timeout),
            from: 2,
            term: term
        )
        if ready.hardState != nil {
            #expect(ready.messages.isEmpty, "a vote or a term was told before it was durable")
            ready = bench.persist()
        }
        #expect(ready.messages.map(\.body) == [.vote(expected)])
        #expect((bench.raft.status.leader == nil))
    }

    @Test("two votes in one term are never granted, whatever order things become durable in (3.8)")
    func oneVoteATerm() {
        let bench = RaftHarness(term: 1)
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 2)
        let second = bench.receive(
            .requestVote(lastEntry: .zero, cause: .timeout),
            from: 3,
            term: 2
        )
        #expect(second.messages.isEmpty)
        let answers = bench.persist().messages
        #expect(answers.to(2) == [.vote(.granted)])
        #expect(answers.to(3) == [.vote(.refused)])
    }

    @Test("a leader that hears of a newer term follows")
    func newerTerm() {
        let bench = RaftHarness()
        bench.lead()
        #expect(bench.raft.role == .leader)
        bench.receive(.termIsStale, from: 2, term: 9)
        #expect(bench.raft.role == .follower)
        #expect(bench.raft.term == 9)
    }

    @Test("an older leader is told so, with our term")
    func olderLeader() {
        let bench = RaftHarness(term: 5)
        let ready = bench.receive(bench.heartbeat(), from: 2, term: 4)
        #expect(ready.messages.map(\.body) == [.termIsStale])
        #expect(ready.messages.map(\.term) == [5])
    }

    @Test("a learner never campaigns (4.2.1)")
    func learner() throws {
        let membership = try Membership(
            members: [1, 2, 3].map(member),
            voters: [2, 3],
            learners: [1]
        )
        let bench = RaftHarness(membership: membership)
        _ = bench.pass(milliseconds: 5_000)
        #expect(bench.raft.role == .follower)
        #expect(bench.raft.term == 0)
    }
}
