import Bytes
import Consensus
import Testing

@Suite("A member that lost its log and kept its hard state")
struct ReseedingTests {
    @Test("it grants nothing and never campaigns until it matches what the leader named first")
    func refilling() {
        let bench = RaftHarness(term: 4, logIntegrity: .reseeding)
        _ = bench.pass(milliseconds: 5_000)
        #expect(bench.raft.term == 4 && bench.raft.role == .follower)
        let preVote = bench.receive(.preVote(lastEntry: id(4, index: 9)), from: 2, term: 4)
        #expect(preVote.messages.map(\.body) == [.preVoteAnswer(.refused, campaignTerm: 5)])
        bench.receive(.requestVote(lastEntry: id(4, index: 9), cause: .timeout), from: 2, term: 5)
        #expect(bench.persist().messages.map(\.body) == [.vote(.refused)])
        // First contact: the leader of term 5 names index 3.
        bench.receive(bench.heartbeat(last: 3), from: 3, term: 5)
        bench.receive(bench.append(entries([1, 4], from: 1), after: .zero), from: 3, term: 5)
        bench.persist()
        #expect(bench.raft.logIntegrity == .reseeding)
        bench.receive(
            bench.append(entries([5, 5], from: 3), after: id(4, index: 2)),
            from: 3,
            term: 5
        )
        #expect(bench.raft.logIntegrity == .reseeding, "the entries are not durable yet")
        bench.persist()
        #expect(bench.raft.logIntegrity == .intact)
        _ = bench.pass(milliseconds: 700)
        #expect(bench.raft.role == .preCandidate)
    }

    @Test("its acknowledgements are truthful and count")
    func acknowledges() {
        let bench = RaftHarness(term: 4, logIntegrity: .reseeding)
        bench.receive(bench.append(entries([1, 4], from: 1), after: .zero), from: 3, term: 4)
        let answers = bench.persist().messages.map(\.body)
        #expect(answers == [.appendEntriesResponse(.accepted(match: 2, verified: 2))])
    }

    @Test("an older leader is no contact")
    func olderLeader() {
        let bench = RaftHarness(term: 4, logIntegrity: .reseeding)
        bench.receive(bench.heartbeat(last: 0), from: 3, term: 3)
        #expect(bench.raft.logIntegrity == .reseeding)
        bench.receive(bench.heartbeat(last: 0), from: 3, term: 4)
        #expect(bench.raft.logIntegrity == .intact, "the leader has nothing either")
    }

    @Test("a refill that aimed at an older leader's log aims anew when the member is doubted")
    func doubtedAgain() {
        let bench = RaftHarness(term: 4, logIntegrity: .reseeding)
        bench.receive(bench.heartbeat(last: 2), from: 3, term: 4)
        bench.step(.logDoubted(shown: 5))
        #expect(bench.raft.term == 5)
        bench.persist()
        bench.receive(bench.heartbeat(last: 4), from: 2, term: 5)
        bench.receive(bench.append(entries([1, 4], from: 1), after: .zero), from: 2, term: 5)
        bench.persist()
        #expect(bench.raft.logIntegrity == .reseeding)
        bench.receive(
            bench.append(entries([5, 5], from: 3), after: id(4, index: 2)),
            from: 2,
            term: 5
        )
        bench.persist()
        #expect(bench.raft.logIntegrity == .intact)
    }

    @Test(
        "one whose peers have not had their word does not vote for itself either",
        arguments: [
            Caution.none, .hearPeersFirst,
        ]
    )
    func transferDuringCaution(_ caution: Caution) {
        let bench = RaftHarness(term: 4, caution: caution)
        bench.receive(bench.heartbeat(last: 0), from: 3, term: 4)
        bench.receive(.timeoutNow, from: 3, term: 4)
        #expect(bench.raft.term == (caution == .none ? 5 : 4))
        bench.step(.peersHeard)
        bench.receive(.timeoutNow, from: 3, term: 4)
        #expect(bench.raft.term == 5)
    }

    @Test("a snapshot fills it too")
    func snapshot() {
        let bench = RaftHarness(term: 4, logIntegrity: .reseeding)
        bench.receive(bench.heartbeat(last: 9), from: 2, term: 4)
        let chunk = SnapshotChunk(
            snapshot: id(4, index: 9),
            offset: 0,
            bytes: [1],
            totalByteCount: 1
        )
        bench.receive(.installSnapshot(chunk), from: 2, term: 4)
        bench.step(.snapshotWritten(SnapshotOffset(snapshot: id(4, index: 9), nextOffset: 1)))
        bench.step(.snapshotInstalled(id(4, index: 9), .zero, founding([1, 2, 3])))
        #expect(bench.raft.logIntegrity == .intact)
    }

    @Test("a leader probes it again from the end on a new link, though it acknowledged before")
    func leader() throws {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(1, from: 2)
        bench.step(.linkUp(2, generation: 2))
        let refused = AppendEntriesResponse.refused(previous: 1, hint: .zero)
        let again = bench.receive(.appendEntriesResponse(refused), from: 2, term: 1)
        #expect(again.messages.appends(to: 2).map(\.previous) == [.zero])
    }
}
