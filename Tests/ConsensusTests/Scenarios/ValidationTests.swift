import Bytes
import Consensus
import Testing

@Suite("What peers send is checked before it is believed")
struct ValidationTests {
    private static let huge = LogIndex(rawValue: 1 << 62)

    private static func append(
        _ entries: [Entry],
        after previous: EntryID = .zero,
        commit: LogIndex = 0,
        last: LogIndex = 100
    ) -> Message.Body {
        .appendEntries(
            AppendEntries(
                previous: previous,
                entries: entries,
                commitIndex: commit,
                lastIndex: last
            )
        )
    }

    private static func entry(_ term: UInt64, index: UInt64, time: UInt64 = 0) -> Entry {
        Entry(
            id: id(term, index: index),
            time: ClusterTime(rawValue: time),
            kind: .command,
            payload: []
        )
    }

    static let refused: [(Message.Body, MessageRefusal)] = [
        (
            .heartbeat(Heartbeat(commitIndex: 5, lastIndex: 4, round: 0)),
            .impossibleCommit(5, lastIndex: 4)
        ),
        (append([], commit: 101), .impossibleCommit(101, lastIndex: 100)),
        (append([], after: id(1, index: 1 << 62)), .indexOutOfRange(1 << 62)),
        (append([], last: huge), .indexOutOfRange(1 << 62)),
        (append([], after: id(4, index: 1)), .entryFromTheFuture(id(4, index: 1))),
        (append([entry(4, index: 1)]), .entryFromTheFuture(id(4, index: 1))),
        (append([entry(1, index: 2)]), .notContiguous(id(1, index: 2))),
        (append([entry(2, index: 1), entry(2, index: 3)]), .notContiguous(id(2, index: 3))),
        (append([entry(2, index: 1), entry(1, index: 2)]), .notContiguous(id(1, index: 2))),
        (
            append([entry(1, index: 1, time: 9), entry(1, index: 2, time: 8)]),
            .notContiguous(id(1, index: 2))
        ),
        (append([entry(1, index: 1, time: .max)]), .outOfBounds),
        (append([entry(1, index: 1)], last: 0), .indexOutOfRange(1)),
        (
            append([Entry(id: id(1, index: 1), time: .zero, kind: .membership, payload: [1])]),
            .impossibleMembership(id(1, index: 1))
        ),
        (.commit(huge), .indexOutOfRange(1 << 62)),
        (.appendEntriesResponse(.accepted(match: huge, verified: 0)), .indexOutOfRange(1 << 62)),
        (
            .requestVote(lastEntry: id(9, index: 1), cause: .timeout),
            .entryFromTheFuture(id(9, index: 1))
        ),
        (
            .installSnapshot(
                SnapshotChunk(snapshot: id(1, index: 1), offset: 9, bytes: [1], totalByteCount: 9)
            ),
            .outOfBounds
        ),
        (
            .installSnapshot(
                SnapshotChunk(
                    snapshot: id(1, index: 1),
                    offset: .max,
                    bytes: [1],
                    totalByteCount: 9
                )
            ),
            .outOfBounds
        ),
        (
            .installSnapshot(
                SnapshotChunk(snapshot: id(1, index: 1), offset: 0, bytes: [], totalByteCount: 9)
            ),
            .outOfBounds
        ),
    ]

    @Test("impossible messages are dropped and counted", arguments: refused)
    func refusals(_ body: Message.Body, expected: MessageRefusal) {
        let bench = RaftHarness(term: 3)
        let before = bench.raft.nextDeadline
        let ready = bench.receive(body, from: 2, term: 3)
        #expect(bench.raft.status.lastRefusal == expected)
        #expect(bench.raft.status.refusedMessageCount == 1)
        #expect(ready.messages.isEmpty && ready.hardState == nil && ready.entries.isEmpty)
        #expect(bench.raft.nextDeadline == before, "an impossible leader was heard")
    }

    @Test("terms beyond the range, other addressees and our own name are refused")
    func envelope() {
        let bench = RaftHarness(term: 3)
        bench.receive(.termIsStale, from: 2, term: .highest)
        #expect(bench.raft.status.lastRefusal == .termOutOfRange(1 << 62))
        bench.receive(.termIsStale, from: 1, term: 9)
        #expect(bench.raft.status.lastRefusal == .misaddressed)
        bench.step(.received(Message(from: 2, to: 3, term: 9, body: .termIsStale)))
        #expect(bench.raft.status.refusedMessageCount == 3)
        #expect(bench.raft.term == 3)
    }

    @Test("an acknowledgement beyond the leader's log is refused")
    func impossibleMatch() {
        let bench = RaftHarness()
        bench.lead()
        bench.acknowledge(7, from: 2)
        #expect(bench.raft.status.lastRefusal == .impossibleMatch(7, lastIndex: 1))
        #expect(bench.raft.commitIndex == 0)
    }

    @Test("committed entries are not replaced, whoever asks")
    func contradictsCommitted() {
        let bench = RaftHarness(term: 3, log: entries([1, 1]))
        bench.receive(bench.append([], after: id(1, index: 2), commit: 2), from: 2, term: 3)
        bench.receive(bench.append(entries([3], from: 2), after: id(1, index: 1)), from: 3, term: 4)
        #expect(bench.raft.status.lastRefusal == .contradictsCommitted(id(3, index: 2)))
        #expect(bench.raft.last == id(1, index: 2))
    }

    @Test("a second leader of one term is not followed")
    func secondLeader() {
        let bench = RaftHarness(term: 3)
        bench.receive(bench.heartbeat(), from: 2, term: 3)
        bench.receive(bench.heartbeat(), from: 3, term: 3)
        #expect(bench.raft.status.lastRefusal == .secondLeader(3))
        #expect(bench.raft.status.leader == 2)
    }

    @Test("random messages never trap")
    func fuzz() {
        var random = SplitMix64(seed: 5)
        func index() -> LogIndex {
            let bound: UInt64 = Bool.random(using: &random) ? 12 : .max
            return LogIndex(rawValue: .random(in: 0...bound, using: &random))
        }
        func term() -> UInt64 {
            .random(
                in: 0...(UInt8.random(in: 0..<20, using: &random) == 0 ? .max : 4),
                using: &random
            )
        }
        func entryID() -> EntryID { EntryID(term: Term(rawValue: term()), index: index()) }
        func log() -> [Entry] {
            let count = Int.random(in: 0...3, using: &random)
            return entries(
                Array(repeating: term(), count: count),
                from: .random(in: 0...10, using: &random)
            )
        }
        func body() -> Message.Body {
            switch Int.random(in: 0..<15, using: &random) {
            case 0: .preVote(lastEntry: entryID())
            case 1: .preVoteAnswer(.granted, campaignTerm: Term(rawValue: term()))
            case 2: .requestVote(lastEntry: entryID(), cause: .transfer)
            case 3: .vote(.granted)
            case 4, 5:
                .appendEntries(
                    AppendEntries(
                        previous: entryID(),
                        entries: log(),
                        commitIndex: index(),
                        lastIndex: index()
                    )
                )
            case 6: .appendEntriesResponse(.accepted(match: index(), verified: index()))
            case 7: .appendEntriesResponse(.refused(previous: index(), hint: entryID()))
            case 8: .heartbeat(Heartbeat(commitIndex: index(), lastIndex: index(), round: 3))
            case 9: .heartbeatResponse(ReadRound(rawValue: term()))
            case 10: .commit(index())
            case 11:
                .installSnapshot(
                    SnapshotChunk(
                        snapshot: entryID(),
                        offset: term(),
                        bytes: [1],
                        totalByteCount: term()
                    )
                )
            case 12:
                .installSnapshotResponse(SnapshotOffset(snapshot: entryID(), nextOffset: term()))
            case 13: .readIndex(ReadRequest(rawValue: term()))
            default: .timeoutNow
            }
        }
        for round in 0..<200 {
            let bench = RaftHarness(term: 2, log: entries([1, 1, 2, 2]), seed: UInt64(round))
            if round % 2 == 0 { bench.lead() }
            for _ in 0..<50 {
                let peer = MemberID(rawValue: .random(in: 1...5, using: &random))
                bench.receive(body(), from: peer, term: Term(rawValue: term()))
                if Int.random(in: 0..<4, using: &random) == 0 { bench.persist() }
            }
        }
    }
}
