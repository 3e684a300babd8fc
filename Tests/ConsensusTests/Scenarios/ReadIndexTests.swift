import Bytes
import Consensus
import Testing

@Suite("ReadIndex, dissertation 6.4")
struct ReadIndexTests {
    /// Member 1 leads term 1; entry 1, of its own term, is committed.
    private func leader() -> RaftHarness {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(1, from: 2)
        bench.acknowledge(1, from: 3)
        return bench
    }

    private func rounds(_ messages: [Message], to peer: MemberID) -> [ReadRound] {
        messages.to(peer).compactMap {
            if case .heartbeat(let heartbeat) = $0 { heartbeat.round } else { nil }
        }
    }

    private func requests(_ messages: [Message]) -> [ReadRequest] {
        messages.compactMap { if case .readIndex(let request) = $0.body { request } else { nil } }
    }

    @Test("a read is answered with the commit index once a majority has answered its round")
    func majority() {
        let bench = leader()
        let sent = bench.step(.read(7))
        let round = rounds(sent.messages, to: 2)
        #expect(round.count == 1)
        #expect(sent.reads.isEmpty)
        let done = bench.receive(.heartbeatResponse(round[0]), from: 2, term: 1)
        #expect(done.reads == [ReadAnswer(id: 7, index: 1)])
    }

    @Test("all reads of one turn share one round")
    func shared() {
        let bench = leader()
        for read in UInt64(1)...100 {
            bench.raft.step(.read(ReadID(rawValue: read)), now: bench.now)
        }
        let sent = bench.take()
        #expect(sent.messages.count == 2)
        let round = rounds(sent.messages, to: 2)[0]
        #expect(bench.receive(.heartbeatResponse(round), from: 3, term: 1).reads.count == 100)
    }

    @Test("no read before an entry of the leader's own term is committed (6.4, step 1)")
    func ownTerm() {
        let bench = RaftHarness(term: 1, log: entries([1, 1]))
        bench.lead()
        let early = bench.step(.read(1))
        #expect(rounds(early.messages, to: 2).isEmpty)
        _ = bench.pass(milliseconds: 50)
        bench.receive(.heartbeatResponse(1), from: 2, term: 2)
        let sent = bench.acknowledge(3, from: 2)
        let round = rounds(sent.messages, to: 2)
        #expect(round.count == 1)
        let done = bench.receive(.heartbeatResponse(round[0]), from: 2, term: 2)
        #expect(done.reads == [ReadAnswer(id: 1, index: 3)])
    }

    @Test("an answer to a message sent before the read arrived does not count")
    func sentBefore() {
        let bench = leader()
        let beat = bench.pass(milliseconds: 50).flatMap(\.messages)
        let old = rounds(beat, to: 2)[0]
        let sent = bench.step(.read(1))
        #expect(rounds(sent.messages, to: 2)[0] > old)
        #expect(bench.receive(.heartbeatResponse(old), from: 2, term: 1).reads.isEmpty)
        #expect(bench.receive(.heartbeatResponse(old), from: 3, term: 1).reads.isEmpty)
    }

    @Test("a read that comes later never joins a round that was sent")
    func laterRead() {
        let bench = leader()
        let first = rounds(bench.step(.read(1)).messages, to: 2)[0]
        let second = rounds(bench.step(.read(2)).messages, to: 2)[0]
        #expect(second > first)
        let answered = bench.receive(.heartbeatResponse(first), from: 2, term: 1)
        #expect(answered.reads.map(\.id) == [1])
        #expect(bench.receive(.heartbeatResponse(second), from: 2, term: 1).reads.map(\.id) == [2])
    }

    @Test("a lost round is repeated under a fresh number, whose answer serves it (etcd #20418)")
    func retry() {
        let bench = leader()
        let lost = rounds(bench.step(.read(1)).messages, to: 2)[0]
        let beat = bench.pass(milliseconds: 51).flatMap(\.messages)
        let fresh = rounds(beat, to: 2)[0]
        #expect(fresh > lost)
        // A read that comes now is not served by the answer to the repeated message.
        bench.step(.read(2))
        let answered = bench.receive(.heartbeatResponse(fresh), from: 2, term: 1)
        #expect(answered.reads.map(\.id) == [1])
    }

    @Test("a joint membership needs both majorities")
    func joint() throws {
        let bench = leader()
        let joint = try founding([1, 2, 3]).changing(
            members: [1, 4, 5].map(member),
            voters: [1, 4, 5],
            learners: []
        )
        let change = Proposal(kind: .membership, payload: joint.encoded)
        _ = try bench.raft.propose([change], now: bench.now)
        bench.take()
        let round = rounds(bench.step(.read(1)).messages, to: 4)[0]
        #expect(bench.receive(.heartbeatResponse(round), from: 4, term: 1).reads.isEmpty)
        #expect(bench.receive(.heartbeatResponse(round), from: 5, term: 1).reads.isEmpty)
        #expect(bench.receive(.heartbeatResponse(round), from: 3, term: 1).reads.count == 1)
    }

    @Test("a follower asks once a turn, under a fresh number each time")
    func follower() {
        let bench = RaftHarness(term: 1)
        bench.receive(bench.heartbeat(), from: 2, term: 1)
        bench.raft.step(.read(1), now: bench.now)
        bench.raft.step(.read(2), now: bench.now)
        let first = requests(bench.take().messages)
        let second = requests(bench.step(.read(3)).messages)
        #expect(first.count == 1 && second.count == 1 && second[0] > first[0])
        let answered = bench.receive(.readIndexAnswer(first[0], 5), from: 2, term: 1)
        #expect(answered.reads.map(\.id) == [1, 2])
        #expect(answered.reads.allSatisfy { $0.index == 5 })
        let later = bench.receive(.readIndexAnswer(second[0], 6), from: 2, term: 1)
        #expect(later.reads == [ReadAnswer(id: 3, index: 6)])
    }

    @Test("a lost question is asked again under a fresh number, whose answer serves it")
    func followerRetry() {
        let bench = RaftHarness(term: 1)
        bench.receive(bench.heartbeat(), from: 2, term: 1)
        let lost = requests(bench.step(.read(1)).messages)[0]
        let asked = requests(bench.pass(milliseconds: 101).flatMap(\.messages))
        #expect(asked.count == 1 && asked[0] > lost)
        let answered = bench.receive(.readIndexAnswer(asked[0], 4), from: 2, term: 1)
        #expect(answered.reads == [ReadAnswer(id: 1, index: 4)])
        #expect(bench.receive(.readIndexAnswer(lost, 3), from: 2, term: 1).reads.isEmpty)
    }

    @Test("a question whose reads are answered already keeps nobody busy once the leader is gone")
    func questionWithoutReads() {
        let bench = RaftHarness(term: 1)
        bench.receive(bench.heartbeat(), from: 2, term: 1)
        let first = requests(bench.step(.read(1)).messages)[0]
        bench.pass(milliseconds: 101)
        bench.receive(.readIndexAnswer(first, 4), from: 2, term: 1)
        let turns = bench.pass(milliseconds: 10_000)
        #expect(bench.raft.nextDeadline > bench.now)
        #expect(turns.count < 100, "took turn after turn")
    }

    @Test("an answer to another life of the process answers nothing")
    func otherLife() {
        let before = RaftHarness(term: 1, seed: 11)
        before.receive(before.heartbeat(), from: 2, term: 1)
        let old = requests(before.step(.read(1)).messages)[0]
        let after = RaftHarness(term: 1, seed: 12)
        after.receive(after.heartbeat(), from: 2, term: 1)
        after.step(.read(2))
        #expect(after.receive(.readIndexAnswer(old, 1), from: 2, term: 1).reads.isEmpty)
    }

    @Test("a follower's question joins the next round, never one that was sent")
    func forwarded() {
        let bench = leader()
        let sent = rounds(bench.step(.read(1)).messages, to: 2)[0]
        let request = ReadRequest(rawValue: 9)
        let forwarded = bench.receive(.readIndex(request), from: 3, term: 1)
        let own = rounds(forwarded.messages, to: 2)[0]
        #expect(own > sent)
        let first = bench.receive(.heartbeatResponse(sent), from: 2, term: 1)
        #expect(first.messages.to(3).isEmpty)
        let second = bench.receive(.heartbeatResponse(own), from: 2, term: 1)
        #expect(second.messages.to(3) == [.readIndexAnswer(request, 1)])
    }

    @Test("reads outlive a change of leader: they wait and ask the next one")
    func leaderChange() {
        let bench = leader()
        bench.step(.read(1))
        let quiet = bench.receive(.termIsStale, from: 2, term: 2)
        #expect(quiet.reads.isEmpty)
        let asked = bench.receive(bench.heartbeat(), from: 3, term: 2)
        #expect(requests(asked.messages).isEmpty, "told a term that is not durable")
        #expect(requests(bench.persist().messages).count == 1)
    }

    @Test("more reads than the bound are refused at once")
    func bound() {
        var limits = Limits()
        limits.waitingReadCountMax = 2
        let bench = RaftHarness(limits: limits)
        bench.raft.step(.read(1), now: bench.now)
        bench.raft.step(.read(2), now: bench.now)
        #expect(bench.step(.read(3)).reads == [ReadAnswer(id: 3, index: nil)])
    }

    @Test("a member alone answers in the same turn")
    func alone() {
        let bench = RaftHarness(voters: [1])
        bench.lead()
        #expect(bench.step(.read(1)).reads == [ReadAnswer(id: 1, index: 1)])
    }
}
