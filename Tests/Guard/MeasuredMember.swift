internal import Bytes
internal import Journal
internal import Keyspace
internal import Replica
internal import TestSupport

/// A member taken out of the cluster that elected its leader: what is given to it to be written
/// counts as written at its next turn, and nothing but it costs anything.
final class MeasuredMember {
    var replica: Replica
    var inbox: [Input] = []

    private static let roundCountMax = 5000
    private static let restRoundCount = 100

    /// Founds a cluster, lets it elect a leader and share the newest feature level, and comes to
    /// rest: what a disk is at would never be done.
    static func cluster(_ count: Int) -> ReplicaHarness {
        let harness = ReplicaHarness(
            count,
            storage: .forgotten,
            segmentByteCount: Journal.segmentByteCountDefault
        ) { configuration in
            // So little that entries leave memory while the work goes on.
            configuration.windowByteCountMax = 256 << 10
        }
        do throws(StopReason) { try harness.startAll() } catch {
            Guard.fail("a member does not start: \(error)")
        }
        let isElected = harness.run(roundCountMax) {
            harness.members.allSatisfy {
                $0.unreadiness.isEmpty && $0.replica?.featureLevel == FeatureLevel.newest
            }
        }
        harness.run(restRoundCount)
        if !isElected { Guard.fail("\(count) members elect no leader") }
        return harness
    }

    init(_ number: Int, of harness: ReplicaHarness) {
        guard let replica = harness.members[number].takeReplica() else {
            Guard.fail("member \(number) is gone")
        }
        self.replica = replica
    }

    /// Completes what the disk was given, at the next turn.
    func carryOut(_ batches: [DiskBatch]) {
        for batch in batches {
            let done = DiskCompletion(number: batch.number, lane: batch.lane, reads: [])
            inbox.append(.disk(done))
        }
    }

    /// Gives the replica what came in since the last turn.
    func takeIn(_ now: MonotonicTime) {
        for input in inbox { replica.step(input, now: now) }
        inbox.removeAll(keepingCapacity: true)
    }
}
