import Bytes
import Consensus
import Testing

@Suite("Snapshots, dissertation chapter 5")
struct SnapshotTests {
    /// Member 1 leads term 2 with five entries, of which the disk has forgotten the first three.
    private func leader() -> RaftHarness {
        let bench = RaftHarness(term: 1, log: entries([1, 1, 1, 1]))
        bench.lead()
        bench.acknowledge(5, from: 2)
        bench.step(.applied(5))
        bench.step(.snapshotTaken(id(1, index: 4), forgottenThrough: 3))
        return bench
    }

    private func chunk(_ snapshot: EntryID, at offset: UInt64, of total: UInt64) -> SnapshotChunk {
        SnapshotChunk(
            snapshot: snapshot,
            offset: offset,
            bytes: Array(repeating: 7, count: Int(min(10, total - offset))),
            totalByteCount: total
        )
    }

    @Test("snapshot_succeed_via_app_resp: chunk by chunk, and an acknowledgement ends it")
    func sending() {
        let bench = leader()
        let needed = bench.receive(
            .appendEntriesResponse(.refused(previous: 4, hint: .zero)),
            from: 3,
            term: 2
        )
        #expect(
            needed.snapshotLoads == [SnapshotLoad(peer: 3, snapshot: id(1, index: 4), offset: 0)]
        )
        #expect(bench.raft.status.peers.first { $0.id == 3 }?.flow == .snapshot)
        let first = chunk(id(1, index: 4), at: 0, of: 15)
        #expect(
            bench.step(.snapshotLoaded(for: 3, first)).messages.to(3) == [.installSnapshot(first)]
        )
        let offset = SnapshotOffset(snapshot: id(1, index: 4), nextOffset: 10)
        let next = bench.receive(.installSnapshotResponse(offset), from: 3, term: 2)
        #expect(
            next.snapshotLoads == [SnapshotLoad(peer: 3, snapshot: id(1, index: 4), offset: 10)]
        )
        let done = bench.acknowledge(4, from: 3)
        #expect(bench.raft.status.peers.first { $0.id == 3 }?.flow == .replicate)
        #expect(done.messages.appends(to: 3).map { $0.entries.map(\.id) } == [[id(2, index: 5)]])
    }

    @Test("a draft that is there already is resumed where it ends")
    func resume() {
        let bench = leader()
        bench.receive(.appendEntriesResponse(.refused(previous: 4, hint: .zero)), from: 3, term: 2)
        let offset = SnapshotOffset(snapshot: id(1, index: 4), nextOffset: 5_000)
        let next = bench.receive(.installSnapshotResponse(offset), from: 3, term: 2)
        #expect(next.snapshotLoads.map(\.offset) == [5_000])
    }

    @Test("a snapshot that can be read no more is replaced by the newest")
    func unreadable() {
        let bench = leader()
        bench.receive(.appendEntriesResponse(.refused(previous: 4, hint: .zero)), from: 3, term: 2)
        #expect(bench.step(.snapshotUnreadable(for: 3)).snapshotLoads.isEmpty, "the only one")
        bench.step(.snapshotTaken(id(2, index: 5), forgottenThrough: 4))
        let loads = bench.step(.snapshotUnreadable(for: 3)).snapshotLoads
        #expect(loads == [SnapshotLoad(peer: 3, snapshot: id(2, index: 5), offset: 0)])
    }

    @Test("a chunk without an answer is sent again")
    func lostChunk() {
        let bench = leader()
        bench.receive(.appendEntriesResponse(.refused(previous: 4, hint: .zero)), from: 3, term: 2)
        var loads: [SnapshotLoad] = []
        for _ in 0..<8 {
            bench.receive(.heartbeatResponse(0), from: 2, term: 2)
            loads += bench.pass(milliseconds: 50).flatMap(\.snapshotLoads)
        }
        #expect(loads == [SnapshotLoad(peer: 3, snapshot: id(1, index: 4), offset: 0)])
    }

    @Test("receiving: chunks to the draft, then installed, then acknowledged as an append is")
    func receiving() {
        let bench = RaftHarness(term: 2, log: entries([1, 1]))
        let snapshot = id(2, index: 9)
        let first = chunk(snapshot, at: 0, of: 15)
        #expect(bench.receive(.installSnapshot(first), from: 2, term: 2).snapshotChunks == [first])
        let half = SnapshotOffset(snapshot: snapshot, nextOffset: 10)
        let answer = bench.step(.snapshotWritten(half))
        #expect(answer.messages.map(\.body) == [.installSnapshotResponse(half)])
        #expect(answer.install == nil)
        bench.receive(.installSnapshot(chunk(snapshot, at: 10, of: 15)), from: 2, term: 2)
        let whole = bench.step(.snapshotWritten(SnapshotOffset(snapshot: snapshot, nextOffset: 15)))
        #expect(whole.install == snapshot)
        #expect(whole.messages.isEmpty)
        // Until it is installed the log stands still, and nobody campaigns on half a log.
        bench.receive(bench.append(entries([2], from: 3), after: id(1, index: 2)), from: 2, term: 2)
        _ = bench.pass(milliseconds: 2_000)
        #expect(bench.raft.last == id(1, index: 2))
        #expect(bench.raft.role == .follower)
        bench.receive(bench.heartbeat(), from: 2, term: 2)
        let installed = bench.step(
            .snapshotInstalled(
                snapshot,
                ClusterTime(rawValue: 70),
                founding([1, 2, 3, 4])
            )
        )
        #expect(bench.raft.last == snapshot)
        #expect(bench.raft.commitIndex == 9)
        #expect(bench.raft.status.lastTime == ClusterTime(rawValue: 70))
        #expect(installed.membership == founding([1, 2, 3, 4]))
        #expect(
            installed.messages.map(\.body) == [
                .appendEntriesResponse(.accepted(match: 9, verified: 9))
            ]
        )
        let next = bench.receive(
            bench.append(entries([2], from: 10), after: snapshot),
            from: 2,
            term: 2
        )
        #expect(next.entries.map(\.id) == [id(2, index: 10)])
    }

    @Test("a snapshot of what the log holds is not taken: the entries count as verified")
    func needless() {
        let bench = RaftHarness(term: 2, log: entries([1, 1, 1]))
        let ready = bench.receive(
            .installSnapshot(chunk(id(1, index: 2), at: 0, of: 15)),
            from: 2,
            term: 2
        )
        #expect(ready.snapshotChunks.isEmpty)
        #expect(
            ready.messages.map(\.body) == [.appendEntriesResponse(.accepted(match: 2, verified: 2))]
        )
        #expect(bench.raft.commitIndex == 2)
    }

    @Test("an unsound snapshot comes again from its start")
    func rejected() {
        let bench = RaftHarness(term: 2)
        let snapshot = id(2, index: 9)
        bench.receive(.installSnapshot(chunk(snapshot, at: 0, of: 10)), from: 2, term: 2)
        bench.step(.snapshotWritten(SnapshotOffset(snapshot: snapshot, nextOffset: 10)))
        let answer = bench.step(.snapshotRejected(snapshot))
        let start = SnapshotOffset(snapshot: snapshot, nextOffset: 0)
        #expect(answer.messages.map(\.body) == [.installSnapshotResponse(start)])
        let again = chunk(snapshot, at: 0, of: 10)
        #expect(bench.receive(.installSnapshot(again), from: 2, term: 2).snapshotChunks == [again])
    }

    @Test("appends that begin before a snapshot go on from its end")
    func appendAcrossBase() {
        var log = recovered([])
        log.base = id(1, index: 4)
        log.snapshot = id(1, index: 4)
        log.last = id(1, index: 4)
        let bench = RaftHarness(term: 1, recovered: log)
        let ready = bench.receive(
            bench.append(entries([1, 1, 1, 1], from: 3), after: id(1, index: 2), commit: 5),
            from: 2,
            term: 1
        )
        #expect(ready.entries.map(\.id) == [id(1, index: 5), id(1, index: 6)])
        #expect(bench.raft.commitIndex == 5)
        let old = bench.receive(
            bench.append(entries([1], from: 2), after: id(1, index: 1)),
            from: 2,
            term: 1
        )
        #expect(old.entries.isEmpty)
    }
}
