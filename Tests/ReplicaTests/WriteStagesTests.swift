import Bytes
import Consensus
import TestSupport
import Testing

@testable import Replica

@Suite("where the time of a leader's writes goes (operations.md, Metrics)")
struct WriteStagesTests {
    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(rawValue: milliseconds * 1_000_000)
    }

    private func marks(
        durable: UInt64,
        replicated: UInt64,
        committed: UInt64,
        applied: UInt64
    ) -> WriteStages.Marks {
        WriteStages.Marks(
            durable: LogIndex(rawValue: durable),
            replicated: LogIndex(rawValue: replicated),
            committed: LogIndex(rawValue: committed),
            applied: LogIndex(rawValue: applied)
        )
    }

    @Test("each stage is told of all that were proposed together, once they are through")
    func stages() {
        var stages = WriteStages()
        stages.proposed(3, through: LogIndex(rawValue: 7), waitingSince: at(1), now: at(4))
        stages.submitted(at(6))
        let replicated = marks(durable: 4, replicated: 7, committed: 4, applied: 4)
        #expect(stages.settle(replicated, now: at(9)).isEmpty)
        let committed = marks(durable: 7, replicated: 7, committed: 7, applied: 6)
        #expect(stages.settle(committed, now: at(20)).isEmpty)
        let applied = marks(durable: 7, replicated: 7, committed: 7, applied: 7)
        var times = WriteTimes(count: 3)
        times.queue = 3_000_000
        times.append = 2_000_000
        times.fdatasync = 14_000_000
        times.replicate = 5_000_000
        times.commit = 16_000_000
        times.apply = 1_000_000
        #expect(stages.settle(applied, now: at(21)) == [.writes(times)])
        #expect(stages.isEmpty)
    }

    @Test("a follower's write is told of at its leader under the trace that it belongs to")
    func traces() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let follower = (leader + 1) % 3
        let trace = Array("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8)
        for number in 0..<3 {
            var write = ReplicaHarness.put("/k\(number)", value: "v")
            if number == 1 { write.trace = trace }
            let ticket = harness.ticket()
            harness.tell(follower, input: .propose(ticket, write))
            #expect(harness.reply(to: ticket, at: follower) != nil)
        }
        let told = harness.members[leader].observations.compactMap { observation in
            if case .tracedWrite(let write) = observation { write } else { nil as TracedWrite? }
        }
        #expect(told.map(\.trace) == [trace])
        let sender = harness.members[follower].replica?.id
        #expect(told.map(\.sender) == [sender])
        #expect(told.allSatisfy { $0.nanoseconds > 0 })
        let elsewhere = harness.members[follower].observations.contains { observation in
            if case .tracedWrite = observation { true } else { false }
        }
        #expect(!elsewhere)
    }

    @Test("what followers committed before the leader's own disk is told when that is done")
    func slowDisk() {
        var stages = WriteStages()
        stages.proposed(1, through: LogIndex(rawValue: 2), waitingSince: at(0), now: at(0))
        stages.submitted(at(0))
        let applied = marks(durable: 1, replicated: 2, committed: 2, applied: 2)
        #expect(stages.settle(applied, now: at(5)).isEmpty)
        let durable = marks(durable: 2, replicated: 2, committed: 2, applied: 2)
        guard case .writes(let times) = stages.settle(durable, now: at(50)).first else {
            Issue.record("nothing was told")
            return
        }
        #expect(times.fdatasync == 50_000_000 && times.commit == 5_000_000)
    }

    @Test("a number of batches is looked at, whatever is stuck")
    func bounded() {
        var stages = WriteStages()
        for index in 1...5_000 as ClosedRange<UInt64> {
            stages.proposed(1, through: LogIndex(rawValue: index), waitingSince: at(0), now: at(0))
        }
        #expect(stages.batches.count == WriteStages.batchCountMax && stages.brokenRule == nil)
    }

    @Test("with hundreds under way all are told, each with its own times")
    func many() {
        var stages = WriteStages()
        for index in 1...300 as ClosedRange<UInt64> {
            let last = LogIndex(rawValue: index)
            stages.proposed(1, through: last, waitingSince: at(index), now: at(index))
            stages.submitted(at(index))
        }
        let half = marks(durable: 200, replicated: 150, committed: 150, applied: 100)
        let first = stages.settle(half, now: at(1_000))
        #expect(first.count == 100 && stages.batches.count == 200 && stages.brokenRule == nil)
        let all = marks(durable: 300, replicated: 300, committed: 300, applied: 300)
        let rest = stages.settle(all, now: at(2_000))
        #expect(rest.count == 200 && stages.isEmpty && stages.brokenRule == nil)
        let times = (first + rest).compactMap { observation in
            if case .writes(let times) = observation { times } else { WriteTimes?.none }
        }
        var (commits, syncs): ([UInt64], [UInt64]) = ([], [])
        for index in 1...300 as ClosedRange<UInt64> {
            commits.append(((index <= 150 ? 1_000 : 2_000) - index) * 1_000_000)
            syncs.append(((index <= 200 ? 1_000 : 2_000) - index) * 1_000_000)
        }
        #expect(times.map(\.commit) == commits)
        #expect(times.map(\.fdatasync) == syncs)
    }

    @Test("a leader of three tells its writes, a slow disk and the peers' round trips")
    func member() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        harness.members[leader].logMilliseconds = 100
        let ticket = harness.ticket()
        harness.tell(leader, input: .propose(ticket, ReplicaHarness.put("/a", value: "1")))
        let isTold = harness.run(5_000) {
            harness.members[leader].observations.contains { observation in
                guard case .writes(let times) = observation else { return false }
                return times.count == 1 && times.fdatasync >= 100_000_000
                    && times.replicate < times.fdatasync
            }
        }
        #expect(isTold)
        let trips = harness.members[leader].observations.filter {
            if case .roundTrip = $0 { true } else { false }
        }
        #expect(!trips.isEmpty)
        let elections = harness.members[leader].observations.filter {
            if case .leadership(let change) = $0 { change.role == .leader } else { false }
        }
        #expect(elections.count == 1)
    }
}
