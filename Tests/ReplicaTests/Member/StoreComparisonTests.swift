import Bytes
import Consensus
import Journal
import Keyspace
import Testing

@testable import Replica

@Suite("members whose stores differ")
struct StoreComparisonTests {
    /// Writes until every member has compared its store.
    private func compare(_ town: ReplicaHarness, at number: Int) {
        for step in 0..<1_100 {
            town.tell(
                number,
                input: .propose(
                    town.ticket(),
                    ReplicaHarness.put("/k\(step % 10)", value: "\(step)")
                )
            )
            if step % 50 == 0 { town.round() }
        }
        town.run(300)
    }

    @Test("the minority answers 503, takes the leader's store, and serves again")
    func minority() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let odd = (leader + 1) % 3
        town.houses[odd].corruptStore()
        compare(town, at: leader)
        #expect(town.run(3_000) { !town.houses[odd].replacements.isEmpty })
        #expect(town.settle())
        let hashes = town.houses.compactMap { $0.status?.stateHash }
        #expect(Set(hashes).count == 1)
    }

    @Test("a leader in the minority hands leadership to one of the majority")
    func leader() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let odd = try #require(town.leader)
        town.houses[odd].corruptStore()
        compare(town, at: odd)
        #expect(town.run(3_000) { !town.houses[odd].replacements.isEmpty })
        #expect(town.settle())
        #expect(town.leader != odd)
    }

    @Test("without a majority nobody serves")
    func nobody() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        for house in town.houses.dropFirst() { house.corruptStore() }
        compare(town, at: 0)
        #expect(
            town.houses.allSatisfy {
                $0.unreadiness.contains(.storeDiffers)
            }
        )
        #expect(town.put("/a", value: "1", at: 0)?.failure == .notApplied(.notServing))
    }
}

extension ReplicaHarness.House {
    /// Puts another store in the place of this one, as a fault of the machine would; each house gets
    /// another one.
    func corruptStore() {
        let key = Path(unchecked: Array("/rot".utf8) + configuration.name)
        var payload: [UInt8] = []
        let put = Put(key: key, value: [1], lease: .none, condition: .none)
        Request(.put(put)).encode(into: &payload)
        var keyspace = Keyspace()
        _ = keyspace.apply(index: 1, time: .zero, command: payload)
        guard let machine = replica?.formed?.machine else { return }
        replica?.formed?.machine = StateMachine(
            keyspace: keyspace,
            applied: machine.applied,
            time: machine.time,
            membership: machine.membership
        )
    }
}
