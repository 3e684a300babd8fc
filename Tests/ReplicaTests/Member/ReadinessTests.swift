import Bytes
import Consensus
import Keyspace
import Testing

@testable import Replica

@Suite("ready is a member that has a quorum and is caught up (operations.md, Health)")
struct ReadinessTests {
    /// Writes without waiting for each, then until the leader has applied them all.
    private func write(_ count: Int, town: ReplicaHarness, at number: Int) {
        for step in 1...count {
            town.tell(
                number,
                input: .propose(
                    town.ticket(),
                    ReplicaHarness.put("/k\(step % 10)", value: "\(step)")
                )
            )
            if step % 50 == 0 { town.round() }
        }
        #expect(town.run(1_000) { town.value("/k\(count % 10)", at: number) == "\(count)" })
    }

    @Test("a follower that was away is not ready before it has what was committed meanwhile")
    func restartedFollower() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let away = town.houses[(leader + 1) % 3]
        town.kill((leader + 1) % 3)
        write(5_000, town: town, at: leader)
        let committed = try #require(town.houses[leader].status?.commitIndex)
        try town.start((leader + 1) % 3)
        var reasons: Set<String> = []
        let isReady = town.run(5_000) {
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
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        write(3_000, town: town, at: 0)
        let committed = try #require(town.houses[0].status?.commitIndex)
        for number in 0..<3 { town.kill(number) }
        try town.startAll()
        let areReady = town.run(5_000) {
            let ready = town.houses.filter(\.unreadiness.isEmpty)
            #expect(ready.allSatisfy { $0.status.map { $0.appliedIndex >= committed } == true })
            return ready.count == 3
        }
        #expect(areReady)
    }

    @Test("a member alone is ready once an entry of its own term is applied")
    func alone() throws {
        let town = ReplicaHarness(1)
        try town.startAll()
        write(3_000, town: town, at: 0)
        let before = try #require(town.houses[0].status)
        town.kill(0)
        try town.start(0)
        #expect(!town.houses[0].unreadiness.isEmpty)
        #expect(town.run(1_000) { town.houses[0].unreadiness.isEmpty })
        let after = try #require(town.houses[0].status)
        #expect(after.appliedIndex > before.appliedIndex && after.term > before.term)
    }

    @Test("one that stood still is unready while it is far behind what is committed")
    func paused() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let paused = town.houses[(leader + 1) % 3]
        paused.isPaused = true
        write(9_000, town: town, at: leader)
        paused.isPaused = false
        var wasUnready = false
        let isEqual = town.run(5_000) {
            guard let own = paused.status, let other = town.houses[leader].status else {
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
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let deaf = town.houses[(leader + 1) % 3]
        town.kill((leader + 1) % 3)
        deaf.isDialling = false
        try town.start((leader + 1) % 3)
        var wasHeard = false
        let wasReady = town.run(1_000) {
            if deaf.unreadiness.contains(.noLink) { wasHeard = true }
            return deaf.unreadiness.isEmpty
        }
        #expect(wasHeard && !wasReady)
        deaf.isDialling = true
        #expect(town.settle())
    }
}
