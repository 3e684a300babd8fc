import Bytes
import Consensus
import Journal
import Keyspace

@testable import Replica

extension ReplicaRuleTests {
    static let ofTheRequests: [Break] = [
        Break(.pendingInOrder) { replica in
            for index: UInt64 in [2_000_000, 1_000_000] {
                replica.formed?.member.proposals.pending.queue.append(
                    PendingProposals.Pending(id: entry(index), ticket: ticket)
                )
            }
        },
        Break(.waitingIsCounted) { $0.formed?.member.proposals.waitingByteCount += 1 },
        Break(.lanesDiffer) {
            $0.formed?.member.proposals.lanes = [Forwarding(to: peer), Forwarding(to: peer)]
        },
        Break(.sentInOrder) {
            var lane = Forwarding(to: peer)
            _ = lane.forward([write], numberedFrom: .max - 1)
            $0.formed?.member.proposals.lanes = [lane]
        },
        Break(.repeatableIsNoted) {
            var lane = Forwarding(to: peer)
            _ = lane.forward([write], numberedFrom: 0)
            lane.hasRepeatable = false
            $0.formed?.member.proposals.lanes = [lane]
        },
        Break(.readsInOrder) { replica in
            for index: UInt64 in [2_000_000, 1_000_000] {
                replica.formed?.member.reads.confirmed.append(
                    Reads.Confirmed(
                        index: LogIndex(rawValue: index),
                        begunAt: replica.context.now,
                        confirmedAt: replica.context.now,
                        tickets: []
                    )
                )
            }
        },
        Break(.roundsDiffer) {
            let round = Reads.Round(
                id: ReadID(rawValue: 1),
                begunAt: $0.context.now,
                tickets: []
            )
            $0.formed?.member.reads.rounds = [round, round]
        },
        Break(.pausesAreShort) {
            $0.formed?.member.proposals.pausedUntil = later(than: $0.context.now)
        },
        Break(.pausesAreShort) { replica in
            replica.formed?.member.reads.wait(ticket)
            if let id = replica.formed?.member.reads.beginRound(replica.context.now) {
                replica.formed?.member.reads.retry(id, now: later(than: replica.context.now))
            }
        },
        Break(.stagesAreBounded) { replica in
            for index in 0...UInt64(WriteStages.batchCountMax) {
                replica.formed?.member.stages.batches.append(
                    WriteStages.Batch(
                        last: entry(index + 1).index,
                        count: 1,
                        waitingSince: replica.context.now,
                        proposedAt: replica.context.now
                    )
                )
            }
        },
        Break(.exposedAreOpen) { $0.formed?.member.proposals.exposed = [ticket] },
        Break(.ticketWaitsOnce) {
            $0.formed?.member.reads.wait(ticket)
            $0.formed?.member.proposals.wait(write, now: $0.context.now)
        },
        Break(.readsAreAsked) { replica in
            replica.formed?.member.reads.wait(ticket)
            _ = replica.formed?.member.reads.beginRound(replica.context.now)
        },
        Break(.writtenIsLed, of: .leader) { replica in
            let id = EntryID(term: replica.term, index: entry(1_000_000).index)
            replica.formed?.member.proposals.pending.expect(id, for: ticket)
        },
        Break(.laneIsLinked) { $0.formed?.member.proposals.lanes = [lane(to: peer)] },
        Break(.laneLeadsElsewhere) { replica in
            replica.formed?.member.proposals.lanes = [lane(to: replica.id)]
        },
    ]

    private static func lane(to leader: MemberID) -> Forwarding {
        var lane = Forwarding(to: leader)
        _ = lane.forward([write], numberedFrom: 0)
        return lane
    }
}
