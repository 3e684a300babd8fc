import Bytes
import Consensus
import Testing

@Suite("Log replication, dissertation 3.5")
struct ReplicationTests {
    @Test(
        "figure 3.6: the leader brings each follower's log to its own",
        arguments: [
            [1, 1, 1, 4, 4, 5, 5, 6, 6],
            [1, 1, 1, 4],
            [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
            [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
            [1, 1, 1, 4, 4, 4, 4],
            [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
            [],
        ] as [[UInt64]]
    )
    func figure36(_ terms: [UInt64]) {
        let leader = RaftHarness(term: 7, log: entries([1, 1, 1, 4, 4, 5, 5, 6, 6, 6]))
        let follower = RaftHarness(id: 2, term: 7, log: entries(terms))
        var toFollower = leader.lead().to(2)
        var rounds = 0
        while follower.raft.durableIndex < 11 || follower.raft.last != id(8, index: 11) {
            rounds += 1
            guard rounds < 10 else { break }
            var answers: [Message.Body] = []
            for body in toFollower {
                answers += follower.receive(body, from: 1, term: 8).messages.map(\.body)
                answers += follower.persist().messages.map(\.body)
            }
            toFollower = answers.flatMap { leader.receive($0, from: 2, term: 8).messages.to(2) }
        }
        #expect(follower.raft.last == id(8, index: 11))
        for index in UInt64(1)...11 {
            let index = LogIndex(rawValue: index)
            #expect(follower.raft.term(at: index) == leader.raft.term(at: index))
        }
        #expect(rounds <= 4, "hints by term take \(rounds) rounds")
    }

    @Test("5.4.2, figure 3.7: an entry of an older term is not committed by counting")
    func olderTerm() {
        // S1 led term 2 and wrote entry 2 to S1 and S2; now it leads term 4.
        let leader = RaftHarness(voters: [1, 2, 3, 4, 5], term: 3, log: entries([1, 2]))
        leader.lead(votesOf: [2, 3])
        #expect(leader.raft.term == 4)
        leader.acknowledge(2, from: 2)
        leader.acknowledge(2, from: 3)
        #expect(leader.raft.commitIndex == 0, "entry 2 of term 2 is on a majority, yet not safe")
        leader.acknowledge(3, from: 2)
        #expect(leader.raft.commitIndex == 0)
        let ready = leader.acknowledge(3, from: 3)
        #expect(leader.raft.commitIndex == 3, "and with an entry of term 4 all before it")
        #expect(ready.commitIndex == 3)
    }

    @Test("the leader sends while its own write runs, and counts itself only when durable (10.2.1)")
    func ownWrite() throws {
        let leader = RaftHarness()
        leader.lead()
        leader.acknowledge(1, from: 2)
        #expect(leader.raft.commitIndex == 1)
        let sent = try leader.propose("a")
        #expect(sent.entries.count == 1)
        #expect(sent.messages.appends(to: 2).map(\.entries.count) == [1])
        leader.acknowledge(2, from: 2)
        #expect(leader.raft.commitIndex == 1, "the leader counted a write that runs")
        leader.persist()
        #expect(leader.raft.commitIndex == 2)
    }

    @Test("the followers' majority commits past the leader's own durable log")
    func pastOwnWrite() throws {
        let leader = RaftHarness()
        leader.lead()
        leader.acknowledge(1, from: 2)
        leader.acknowledge(1, from: 3)
        try leader.propose("a")
        leader.acknowledge(2, from: 2)
        leader.acknowledge(2, from: 3)
        #expect(leader.raft.commitIndex == 2)
        #expect(leader.raft.durableIndex == 1)
    }

    @Test("a follower acknowledges entries once they are durable, in one answer a turn")
    func durableAnswer() {
        let bench = RaftHarness(term: 2)
        let first = bench.receive(bench.append(entries([2, 2]), after: .zero), from: 2, term: 2)
        #expect(first.messages.isEmpty)
        bench.receive(bench.append(entries([2], from: 3), after: id(2, index: 2)), from: 2, term: 2)
        let answers = bench.persist().messages.map(\.body)
        #expect(answers == [.appendEntriesResponse(.accepted(match: 3, verified: 3))])
    }

    @Test("an acknowledgement also waits for the term that it is given in")
    func durableTerm() {
        let bench = RaftHarness(term: 1)
        let ready = bench.receive(bench.append([], after: .zero), from: 2, term: 2)
        #expect(ready.hardState == HardState(term: 2, votedFor: nil))
        #expect(ready.messages.isEmpty)
        #expect(bench.persist().messages.count == 1)
    }

    @Test("a follower commits the smaller of the leader's commit and what was verified")
    func followerCommit() {
        let bench = RaftHarness(term: 2, log: entries([1, 1, 1]))
        bench.receive(bench.heartbeat(commit: 3), from: 2, term: 2)
        #expect(bench.raft.commitIndex == 0, "nothing was verified to match this leader")
        bench.receive(bench.append([], after: id(1, index: 2), commit: 3), from: 2, term: 2)
        #expect(bench.raft.commitIndex == 2)
        bench.receive(bench.append([], after: id(1, index: 3), commit: 3), from: 2, term: 2)
        #expect(bench.raft.commitIndex == 3)
    }

    @Test("the commit index goes out at once to who is told nothing else")
    func commitBroadcast() throws {
        let leader = RaftHarness()
        leader.lead()
        leader.acknowledge(1, from: 2)
        leader.acknowledge(1, from: 3)
        try leader.propose("a")
        leader.persist()
        let ready = leader.acknowledge(2, from: 2)
        #expect(ready.messages.to(2) == [.commit(2)])
        #expect(ready.messages.to(3) == [.commit(2)])
    }

    @Test("an old append that arrives late takes nothing away (figure 3.1, AppendEntries 3)")
    func reordered() {
        let bench = RaftHarness(term: 2)
        let early = bench.append(entries([2]), after: .zero)
        bench.receive(bench.append(entries([2, 2, 2]), after: .zero), from: 2, term: 2)
        bench.receive(early, from: 2, term: 2)
        #expect(bench.raft.last == id(2, index: 3))
    }

    @Test("a conflict is cut before the entries that replace it")
    func conflict() {
        let bench = RaftHarness(term: 3, log: entries([1, 1, 2, 2, 2]))
        let ready = bench.receive(
            bench.append(entries([3, 3], from: 3), after: id(1, index: 2)),
            from: 2,
            term: 3
        )
        #expect(ready.cut == 2)
        #expect(ready.entries.map(\.id) == [id(3, index: 3), id(3, index: 4)])
        #expect(bench.raft.durableIndex == 2)
    }

    @Test("entries that were never handed out are replaced without a cut")
    func conflictInMemory() {
        let bench = RaftHarness(term: 3, log: entries([1, 1]))
        let now = bench.now
        for message in [
            (3, entries([3, 3], from: 3)), (4, entries([4], from: 3)),
        ] as [(Term, [Entry])] {
            let body = bench.append(message.1, after: id(1, index: 2))
            let sent = Message(from: 2, to: 1, term: message.0, body: body)
            bench.raft.step(.received(sent), now: now)
        }
        let ready = bench.take()
        #expect(ready.cut == nil)
        #expect(ready.entries.map(\.id) == [id(4, index: 3)])
    }

    @Test("batches are bounded in bytes and go out one after the other without waiting")
    func pipeline() throws {
        var limits = Limits()
        limits.appendByteCountMax = 10
        limits.inFlightByteCountMax = 25
        let leader = RaftHarness(limits: limits)
        leader.lead()
        leader.acknowledge(1, from: 2)
        let ready = try leader.propose(
            "12345",
            "12345",
            "12345",
            "12345",
            "12345",
            "12345",
            "12345"
        )
        #expect(ready.messages.appends(to: 2).map(\.entries.count) == [2, 2, 2])
        #expect(ready.messages.appends(to: 3).isEmpty, "a probe is still out")
        let next = leader.acknowledge(3, from: 2)
        #expect(next.messages.appends(to: 2).map(\.entries.count) == [1])
    }

    @Test("messages on their way are bounded in number")
    func inFlightMessages() throws {
        var limits = Limits()
        limits.inFlightMessageCountMax = 3
        limits.appendEntryCountMax = 1
        let leader = RaftHarness(limits: limits)
        leader.lead()
        leader.acknowledge(1, from: 2)
        let ready = try leader.propose("a", "b", "c", "d", "e")
        #expect(ready.messages.appends(to: 2).count == 3)
        #expect(leader.acknowledge(2, from: 2).messages.appends(to: 2).count == 1)
    }

    @Test("replicate-pause: a lost append is found again at the next heartbeat")
    func lostAppend() throws {
        let leader = RaftHarness()
        leader.lead()
        leader.acknowledge(1, from: 2)
        leader.acknowledge(1, from: 3)
        try leader.propose("lost")
        let beats = leader.pass(milliseconds: 101).flatMap(\.messages)
        let probe = beats.appends(to: 2).first
        #expect(probe?.previous == id(1, index: 2) && probe?.entries == [])
        let answer = AppendEntriesResponse.refused(previous: 2, hint: id(1, index: 1))
        let again = leader.receive(.appendEntriesResponse(answer), from: 2, term: 1)
        #expect(again.messages.appends(to: 2).map { $0.entries.map(\.id) } == [[id(1, index: 2)]])
    }

    @Test("a probe waits for its answer, and is repeated with a heartbeat, without its entries")
    func probe() throws {
        let leader = RaftHarness()
        leader.lead()
        #expect(try leader.propose("a").messages.appends(to: 2).isEmpty)
        #expect(try leader.propose("b").messages.appends(to: 2).isEmpty)
        let beat = leader.pass(milliseconds: 51).flatMap(\.messages)
        #expect(beat.appends(to: 2).map(\.entries.count) == [0])
        #expect(leader.acknowledge(0, from: 2).messages.appends(to: 2).map(\.entries.count) == [3])
    }

    @Test("a new link starts again with a probe and forgets what was acknowledged on the old one")
    func newLink() throws {
        let leader = RaftHarness()
        leader.lead()
        leader.acknowledge(1, from: 2)
        try leader.propose("a")
        let ready = leader.step(.linkUp(2, generation: 1))
        #expect(ready.messages.appends(to: 2).map(\.previous) == [id(1, index: 2)])
        let peer = leader.raft.status.peers.first { $0.id == 2 }
        #expect(peer?.flow == .probe)
        #expect(peer?.match == 0)
        #expect(leader.raft.commitIndex == 1, "what is committed stays so")
    }

    @Test("a follower that needs entries older than memory gets its entries from the disk")
    func olderThanMemory() throws {
        var limits = Limits()
        limits.windowByteCountMax = 0
        let leader = RaftHarness(limits: limits)
        leader.lead()
        leader.acknowledge(1, from: 2)
        try leader.propose("a", "b")
        leader.persist()
        leader.acknowledge(3, from: 2)
        leader.step(.applied(3))
        // Member 3 comes: its log is empty.
        let load = leader.acknowledge(0, from: 3).loads
        #expect(load == [EntryLoad(peer: 3, from: 1, byteCountMax: Limits().appendByteCountMax)])
        let disk = [
            Entry(id: id(1, index: 1), time: .zero, kind: .empty, payload: []),
            Entry(id: id(1, index: 2), time: .zero, kind: .command, payload: Array("a".utf8)),
            Entry(id: id(1, index: 3), time: .zero, kind: .command, payload: Array("b".utf8)),
        ]
        let sent = leader.step(.entriesLoaded(for: 3, disk))
        #expect(sent.messages.appends(to: 3).map(\.entries) == [disk])
        // Late, doubled or of another log: dropped.
        #expect(leader.step(.entriesLoaded(for: 3, disk)).messages.isEmpty)
    }

    @Test("entries to apply come from memory, or are known to be on the disk")
    func applying() {
        var limits = Limits()
        limits.windowByteCountMax = 0
        let bench = RaftHarness(term: 1, log: entries([1, 1, 1]), limits: limits)
        bench.receive(bench.append([], after: id(1, index: 3), commit: 3), from: 2, term: 1)
        guard case .cached(let all) = bench.raft.entries(from: 1, byteCountMax: .max) else {
            Issue.record("not in memory")
            return
        }
        #expect(all.map(\.id) == [id(1, index: 1), id(1, index: 2), id(1, index: 3)])
        guard case .cached(let one) = bench.raft.entries(from: 2, byteCountMax: 1) else {
            Issue.record("not in memory")
            return
        }
        #expect(one.map(\.id) == [id(1, index: 2)], "at least one, however long")
        bench.step(.applied(2))
        guard case .onDisk = bench.raft.entries(from: 1, byteCountMax: .max) else {
            Issue.record("still in memory")
            return
        }
    }

    @Test("proposals are refused by who does not lead, and while too much waits here")
    func refusals() throws {
        let follower = RaftHarness(term: 1)
        follower.receive(follower.heartbeat(), from: 2, term: 1)
        #expect(throws: ProposalRefusal.notLeader(leader: 2)) { try follower.propose("a") }
        var limits = Limits()
        limits.windowByteCountMax = 0
        limits.unsettledByteCountMax = 300
        let leader = RaftHarness(limits: limits)
        leader.lead()
        try leader.propose(String(repeating: "a", count: 300))
        #expect(throws: ProposalRefusal.tooManyInFlight) { try leader.propose("a") }
        leader.persist()
        leader.acknowledge(2, from: 2)
        leader.step(.applied(2))
        #expect(throws: Never.self) { try leader.propose("a") }
    }
}
