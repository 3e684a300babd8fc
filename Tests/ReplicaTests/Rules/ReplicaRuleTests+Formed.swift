import Bytes
import Consensus
import Keyspace

@testable import Journal
@testable import Replica

extension ReplicaRuleTests {
    /// Rules of consensus, journal and store, which agree on how far they are.
    static let ofTheFormed: [Break] = [
        Break(.logHoldsNext) {
            $0.formed?.member.journal.map = LogMap(base: entry(1_000_000))
        },
        Break(.logIsGiven) { replica in
            guard var journal = replica.formed?.member.journal else { return }
            let next = EntryID(
                term: journal.last.term,
                index: LogIndex(rawValue: journal.last.index.rawValue + 1)
            )
            journal.map.append(next, at: journal.tail.end, byteCount: 72)
            replica.formed?.member.journal = journal
        },
        Break(.logIsGiven) {
            $0.formed?.member.journal.durable.last = .zero
        },
        Break(.membershipIsApplied) { replica in
            guard let machine = replica.formed?.member.machine else { return }
            let member = Member(id: peer, name: [1], peerAddress: [1])
            replica.formed?.member.machine = StateMachine(
                keyspace: machine.keyspace,
                applied: machine.applied,
                time: machine.time,
                membership: Membership(founding: [member])
            )
        },
        Break(.clockDemandIsTold, of: .leader) {
            $0.formed?.member.clockDemand = .expiredRemaining
        },
        Break(.shutdownEnds) {
            $0.formed?.member.shutdown = .settling(until: later(than: $0.context.now))
        },
        Break(.sharedIsLed) { $0.formed?.member.sharedState.note(seen: nil) },
        Break(.sharedIsPast) {
            let id = EntryID(term: Term(rawValue: 1_000_000), index: .zero)
            $0.formed?.member.sharedState.note(proposed: id)
        },
        Break(.sharedIsPast, of: .leader) {
            let reading = WallClockReading(milliseconds: 1, at: later(than: $0.context.now))
            $0.formed?.member.sharedState.note(seen: reading)
        },
    ]

    static let ofTheEffects: [Break] = [
        Break(.completedWaitsNoMore) {
            $0.formed?.member.reads.wait(ticket)
            $0.context.effects.replies = [.unreadable(ticket)]
        },
        Break(.oneBatchALane) { replica in
            replica.context.effects.disk = [1, 2].map {
                DiskBatch(number: $0, lane: .log, operations: [])
            }
        },
        Break(.framesAreBounded) {
            let bytes = [UInt8](repeating: 0, count: PeerMessage.frameByteCountMax + 1)
            $0.context.effects.frames = [Frame(link: link(0), bytes: bytes)]
        },
        Break(.toldInOrder) { $0.context.effects.applied = [applied(1), applied(0)] },
        Break(.toldIsApplied) { $0.context.effects.applied = [applied(1_000_000)] },
        Break(.taskIsAwaited) { replica in
            guard let member = replica.formed?.member.journal,
                let machine = replica.formed?.member.machine
            else { return }
            let writer = member.snapshotWriter(
                of: machine.applied,
                time: machine.time,
                membership: machine.membership,
                stateHash: []
            )
            replica.context.effects.snapshot = SnapshotTask(
                writer: writer,
                state: machine.keyspace
            )
        },
    ]

    private static func applied(_ index: UInt64) -> AppliedEntry {
        AppliedEntry(
            index: LogIndex(rawValue: index),
            revision: .zero,
            events: [],
            contestEvents: []
        )
    }
}
