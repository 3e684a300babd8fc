import Bytes
import Consensus
import Testing

@Suite("Asynchronous storage (10.2.1; etcd's async_storage_writes_append_aba_race)")
struct DurabilityTests {
    /// Member 1 takes entries 2...4 of term 2, loses them to the leader of term 3, and gets the
    /// same ones again from the leader of term 4; none of the writes is done yet.
    private func twiceTheSame() -> RaftHarness {
        let bench = RaftHarness(term: 1, log: entries([1]))
        let old = entries([2, 2, 2], from: 2)
        bench.receive(bench.append(old, after: id(1, index: 1)), from: 2, term: 2)
        bench.receive(bench.append(entries([3], from: 2), after: id(1, index: 1)), from: 3, term: 3)
        bench.receive(bench.append(old, after: id(1, index: 1)), from: 2, term: 4)
        #expect(bench.raft.last == id(2, index: 4))
        return bench
    }

    @Test("ABA: the late acknowledgement of overwritten entries does not count")
    func lateAcknowledgement() {
        let bench = twiceTheSame()
        // The first write is done: term 2 and its entries.
        bench.step(.hardStatePersisted(HardState(term: 2, votedFor: nil)))
        bench.step(.entriesPersisted(id(2, index: 4)))
        #expect(bench.raft.durableIndex == 1, "2...4 were cut after that write, and written again")
        // The second: term 3 and its entry, which the log no longer holds.
        bench.step(.hardStatePersisted(HardState(term: 3, votedFor: nil)))
        let quiet = bench.step(.entriesPersisted(id(3, index: 2)))
        #expect(bench.raft.durableIndex == 1)
        #expect(quiet.messages.isEmpty)
        // The third.
        let answered = bench.step(.hardStatePersisted(HardState(term: 4, votedFor: nil)))
        #expect(!answered.messages.contains { $0.body.isAcknowledgement(of: 4) })
        let done = bench.step(.entriesPersisted(id(2, index: 4)))
        #expect(bench.raft.durableIndex == 4)
        #expect(done.messages.contains { $0.body.isAcknowledgement(of: 4) })
    }

    @Test("ABA: all writes in one, reported once")
    func oneReport() {
        let bench = twiceTheSame()
        bench.step(.hardStatePersisted(HardState(term: 4, votedFor: nil)))
        bench.step(.entriesPersisted(id(2, index: 4)))
        #expect(bench.raft.durableIndex == 4)
    }

    @Test("an acknowledgement of entries that were replaced says nothing")
    func replaced() {
        let bench = RaftHarness(term: 1, log: entries([1]))
        bench.receive(
            bench.append(entries([2, 2, 2], from: 2), after: id(1, index: 1)),
            from: 2,
            term: 2
        )
        bench.receive(bench.append(entries([3], from: 2), after: id(1, index: 1)), from: 3, term: 3)
        bench.step(.hardStatePersisted(HardState(term: 2, votedFor: nil)))
        bench.step(.entriesPersisted(id(2, index: 4)))
        #expect(bench.raft.durableIndex == 1)
        #expect(bench.raft.last == id(3, index: 2))
    }

    @Test("durable entries that are truncated are durable no more")
    func truncated() {
        let bench = RaftHarness(term: 2, log: entries([1, 2, 2, 2]))
        #expect(bench.raft.durableIndex == 4)
        bench.receive(bench.append(entries([3], from: 3), after: id(2, index: 2)), from: 2, term: 3)
        #expect(bench.raft.durableIndex == 2)
    }

    @Test("votes and terms wait for the hard state; a later one lets earlier ones go")
    func laterHardState() {
        let bench = RaftHarness(term: 1)
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 2, term: 2)
        bench.receive(.requestVote(lastEntry: .zero, cause: .timeout), from: 3, term: 3)
        let early = bench.step(.hardStatePersisted(HardState(term: 2, votedFor: 2)))
        #expect(early.messages.map(\.to) == [2])
        #expect(early.messages.map(\.term) == [2])
        let late = bench.step(.hardStatePersisted(HardState(term: 3, votedFor: 3)))
        #expect(late.messages.to(3) == [.vote(.granted)])
    }

    @Test("a candidate counts its own vote only when that is durable")
    func ownVote() {
        let bench = RaftHarness(voters: [1, 2])
        _ = bench.pass(milliseconds: 601)
        bench.receive(.preVoteAnswer(.granted, campaignTerm: 1), from: 2, term: 0)
        bench.receive(.vote(.granted), from: 2, term: 1)
        #expect(bench.raft.role == .candidate)
        bench.persist()
        #expect(bench.raft.role == .leader)
    }
}

extension Message.Body {
    fileprivate func isAcknowledgement(of index: LogIndex) -> Bool {
        if case .appendEntriesResponse(.accepted(let match, _)) = self {
            match >= index
        } else {
            false
        }
    }
}
