import Bytes
import Consensus
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("ready is a member that has a quorum and is caught up (operations.md, Health)")
struct ReadinessTests {
    /// Writes without waiting for each, then until the leader has applied them all.
    private func write(_ count: Int, harness: ReplicaHarness, at number: Int) {
        for step in 1...count {
            harness.tell(
                number,
                input: .propose(
                    harness.ticket(),
                    ReplicaHarness.put("/k\(step % 10)", value: "\(step)")
                )
            )
            if step % 50 == 0 { harness.round() }
        }
        #expect(harness.run(1_000) { harness.value("/k\(count % 10)", at: number) == "\(count)" })
    }

    @Test("a follower that was away is not ready before it has what was committed meanwhile")
    func restartedFollower() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let away = harness.members[(leader + 1) % 3]
        harness.kill((leader + 1) % 3)
        write(5_000, harness: harness, at: leader)
        let committed = try #require(harness.members[leader].status?.commitIndex)
        try harness.start((leader + 1) % 3)
        var reasons: Set<String> = []
        let isReady = harness.run(5_000) {
            for reason in away.status?.unreadyReasons ?? [] {
                reasons.insert(String(decoding: reason, as: UTF8.self))
            }
            return away.unreadiness.isEmpty
        }
        #expect(isReady && away.status.map { $0.appliedIndex >= committed } == true)
        let progress = reasons.filter {
            $0.hasPrefix("catching up: applied entry ") && $0.hasSuffix(" of \(committed.rawValue)")
        }
        #expect(progress.count > 1, "\(reasons)")
    }

    @Test("after a restart of all, nobody is ready before everything is applied again")
    func restartedCluster() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        write(3_000, harness: harness, at: 0)
        let committed = try #require(harness.members[0].status?.commitIndex)
        for number in 0..<3 { harness.kill(number) }
        try harness.startAll()
        let areReady = harness.run(5_000) {
            let ready = harness.members.filter(\.unreadiness.isEmpty)
            #expect(ready.allSatisfy { $0.status.map { $0.appliedIndex >= committed } == true })
            return ready.count == 3
        }
        #expect(areReady)
    }

    @Test("a member alone is ready once an entry of its own term is applied")
    func alone() throws {
        let harness = ReplicaHarness(1)
        try harness.startAll()
        write(3_000, harness: harness, at: 0)
        let before = try #require(harness.members[0].status)
        harness.kill(0)
        try harness.start(0)
        #expect(!harness.members[0].unreadiness.isEmpty)
        #expect(harness.run(1_000) { harness.members[0].unreadiness.isEmpty })
        let after = try #require(harness.members[0].status)
        #expect(after.appliedIndex > before.appliedIndex && after.term > before.term)
    }

    @Test("one that stood still is unready while it is far behind what is committed")
    func paused() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let paused = harness.members[(leader + 1) % 3]
        paused.isPaused = true
        write(9_000, harness: harness, at: leader)
        paused.isPaused = false
        var wasUnready = false
        let isEqual = harness.run(5_000) {
            guard let own = paused.status, let other = harness.members[leader].status else {
                return false
            }
            let lag = other.commitIndex.rawValue - own.appliedIndex.rawValue
            if own.unreadiness.contains(.catchingUp) { wasUnready = true }
            return own.unreadiness.isEmpty && lag == 0
        }
        #expect(isEqual && wasUnready)
    }

    @Test("a follower that hears a leader and can send it nothing is not ready")
    func noLink() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let deaf = harness.members[(leader + 1) % 3]
        harness.kill((leader + 1) % 3)
        deaf.isDialling = false
        try harness.start((leader + 1) % 3)
        var wasHeard = false
        let wasReady = harness.run(1_000) {
            if deaf.unreadiness.contains(.noLink) { wasHeard = true }
            return deaf.unreadiness.isEmpty
        }
        #expect(wasHeard && !wasReady)
        deaf.isDialling = true
        #expect(harness.settle())
    }
}
