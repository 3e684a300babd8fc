import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("What one directory holds, with its whole log carried out")
struct SurvivorTests {
    @Test("is what its member holds, over snapshots, full segments and entries that were replaced")
    func whole() throws {
        let harness = ReplicaHarness(3, segmentByteCount: 2 << 20) {
            $0.snapshotLogByteCountMin = 600_000
        }
        try harness.startAll()
        #expect(harness.settle())
        let former = try #require(harness.leader)
        let others = (0..<3).filter { $0 != former }
        let long = String(repeating: "x", count: 50_000)
        for number in 0..<60 {
            #expect(harness.put("/k\(number % 7)", value: long, at: former)?.revision != nil)
        }
        // Nobody else gets these, and others take their place.
        for number in others { harness.members[number].isPaused = true }
        for _ in 0..<8 {
            harness.tell(
                former,
                input: .propose(harness.ticket(), ReplicaHarness.put("/lost", value: long))
            )
        }
        harness.run(10)
        for number in others { harness.members[number].inbox = [] }
        harness.kill(former)
        let alone = try Survivor(reading: harness.members[former].disk)
        #expect(alone.state.store.get(Key(unchecked: Array("/lost".utf8))) != nil)
        for number in others { harness.members[number].isPaused = false }
        for number in 0..<20 {
            #expect(harness.put("/new-\(number)", value: "1", at: others[0])?.revision != nil)
        }
        try harness.start(former)
        #expect(harness.settle())
        for member in harness.members {
            let status = try #require(member.status)
            let survivor = try Survivor(reading: member.disk)
            #expect(survivor.state.hash == member.replica?.storeHash)
            #expect(survivor.last.index == status.lastIndex && survivor.id == status.id)
            #expect(survivor.membership.voters.count == 3 && survivor.cluster == status.cluster)
        }
    }

    @Test("a level that is not known is refused, whoever names it: the identity or the log")
    func unknownLevel() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let identity = harness.members[0].disk[.identity]
        let leader = try #require(harness.leader)
        let newer = FeatureLevel.newest + 1
        let command = EncodedWrite(Request(.raiseFeatureLevel(to: newer)))
        harness.tell(leader, input: .propose(harness.ticket(), command))
        let put = ReplicaHarness.put("/a", value: "1")
        harness.tell(leader, input: .propose(harness.ticket(), put))
        harness.run(2_000) { harness.members.allSatisfy { $0.stop != nil } }
        let refusal = Survivor.Refusal.stopped(
            .mayNotJoin(.featureLevel(newer, known: FeatureLevel.newest))
        )
        #expect(throws: refusal) { try Survivor(reading: harness.members[0].disk) }
        // As it was before: now the entry alone tells.
        harness.members[0].disk.contents[.identity] = identity
        #expect(throws: refusal) { try Survivor(reading: harness.members[0].disk) }
    }

    @Test("a directory of no cluster is none")
    func unformed() throws {
        let harness = ReplicaHarness(3)
        try harness.start(0)
        harness.run(100)
        #expect(throws: Survivor.Refusal.unformed) {
            try Survivor(reading: harness.members[0].disk)
        }
    }
}
