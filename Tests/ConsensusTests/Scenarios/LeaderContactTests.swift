import Bytes
import Consensus
import Testing

@Suite("what a leader named when it was first heard: how far a member has to catch up")
struct LeaderContactTests {
    @Test("the end of the leader's log at first contact stands; its commit index goes on")
    func first() {
        let bench = RaftHarness(term: 4)
        #expect(bench.raft.contact == nil)
        bench.receive(.commit(3), from: 2, term: 4)
        #expect(bench.raft.contact == nil, "that message says nothing of the log")
        bench.receive(bench.heartbeat(commit: 0, last: 9), from: 2, term: 4)
        #expect(bench.raft.contact?.lastIndex == 9 && bench.raft.contact?.commitIndex == 0)
        bench.receive(bench.heartbeat(commit: 11, last: 12), from: 2, term: 4)
        #expect(bench.raft.contact?.lastIndex == 9 && bench.raft.contact?.commitIndex == 11)
        bench.receive(.commit(12), from: 2, term: 4)
        #expect(bench.raft.contact?.commitIndex == 12)
        bench.receive(bench.heartbeat(commit: 5, last: 12), from: 2, term: 4)
        #expect(bench.raft.contact?.commitIndex == 12, "a late message takes nothing back")
    }

    @Test("another leader, or the same one after its loss, is a first contact again")
    func again() {
        let bench = RaftHarness(term: 4)
        bench.receive(bench.heartbeat(last: 9), from: 2, term: 4)
        bench.receive(bench.heartbeat(last: 20), from: 3, term: 5)
        #expect(bench.raft.contact?.lastIndex == 20)
        bench.pass(milliseconds: 700)
        #expect(bench.raft.leader == nil && bench.raft.contact == nil)
        bench.receive(bench.heartbeat(last: 31), from: 3, term: 5)
        #expect(bench.raft.contact?.lastIndex == 31)
    }

    @Test("so is a leader that was silent for an election timeout, though no timer ran meanwhile")
    func silence() {
        let bench = RaftHarness(term: 4)
        bench.receive(bench.heartbeat(last: 9), from: 2, term: 4)
        bench.stand(milliseconds: 299)
        bench.receive(bench.heartbeat(last: 15), from: 2, term: 4)
        #expect(bench.raft.contact?.lastIndex == 9)
        bench.stand(milliseconds: 300)
        bench.receive(bench.heartbeat(last: 20), from: 2, term: 4)
        #expect(bench.raft.leader == 2 && bench.raft.contact?.lastIndex == 20)
    }

    @Test("a leader's own is the first entry of its term (6.4)")
    func leading() throws {
        let bench = RaftHarness(term: 1, log: entries([1, 1, 1]))
        bench.lead()
        try bench.propose("a", "b")
        #expect(bench.raft.contact?.lastIndex == 4)
        bench.receive(bench.heartbeat(last: 9), from: 2, term: 7)
        #expect(bench.raft.contact?.lastIndex == 9)
    }
}
