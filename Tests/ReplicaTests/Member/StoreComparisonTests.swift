import Bytes
import Consensus
import Journal
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("members whose stores differ")
struct StoreComparisonTests {
    /// Writes until every member has compared its store.
    private func compare(_ harness: ReplicaHarness, at number: Int) {
        for step in 0..<1_100 {
            harness.tell(
                number,
                input: .propose(
                    harness.ticket(),
                    ReplicaHarness.put("/k\(step % 10)", value: "\(step)")
                )
            )
            if step % 50 == 0 { harness.round() }
        }
        harness.run(300)
    }

    @Test("the minority answers 503, takes the leader's store, and serves again")
    func minority() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let odd = (leader + 1) % 3
        harness.members[odd].corruptStore()
        compare(harness, at: leader)
        #expect(harness.run(3_000) { !harness.members[odd].replacements.isEmpty })
        #expect(harness.settle())
        let hashes = harness.members.compactMap { $0.status?.stateHash }
        #expect(Set(hashes).count == 1)
    }

    @Test("a leader in the minority hands leadership to one of the majority")
    func leader() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let odd = try #require(harness.leader)
        harness.members[odd].corruptStore()
        compare(harness, at: odd)
        #expect(harness.run(3_000) { !harness.members[odd].replacements.isEmpty })
        #expect(harness.settle())
        #expect(harness.leader != odd)
    }

    @Test("without a majority nobody serves")
    func nobody() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        for member in harness.members.dropFirst() { member.corruptStore() }
        compare(harness, at: 0)
        #expect(
            harness.members.allSatisfy {
                $0.unreadiness.contains(.storeDiffers)
            }
        )
        #expect(harness.put("/a", value: "1", at: 0)?.failure == .notApplied(.notServing))
    }
}

extension HarnessMember {
    /// Puts another store in the place of this one, as a fault of the machine would; each member gets
    /// another one.
    func corruptStore() {
        let key = Key(unchecked: Array("/rot".utf8) + configuration.name)
        var payload: [UInt8] = []
        let put = Put(key: key, value: [1], lease: .none, condition: .none)
        Request(.put(put)).encode(into: &payload)
        var keyspace = Keyspace()
        _ = keyspace.apply(index: 1, time: .zero, command: payload)
        guard let machine = replica?.formed?.member.machine else { return }
        replica?.formed?.member.machine = StateMachine(
            keyspace: keyspace,
            applied: machine.applied,
            time: machine.time,
            membership: machine.membership
        )
    }
}
