import Bytes
import Consensus
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("Changes of keys are told to an audience")
struct AudienceTests {
    @Test("without one only the last revision of a turn is told, and nothing else differs")
    func nobody() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leader = try #require(harness.leader)
        let deaf = leader == 0 ? 1 : 0
        harness.tell(deaf, input: .audience(.nobody))
        harness.round()
        for member in harness.members { member.applied = [] }
        let tickets = (0..<10).map { _ in harness.ticket() }
        for (number, ticket) in tickets.enumerated() {
            harness.tell(
                leader,
                input: .propose(ticket, ReplicaHarness.put("/k\(number)", value: "v"))
            )
        }
        _ = harness.reply(to: tickets[9], at: leader)
        #expect(harness.settle())

        #expect(
            harness.members[leader].applied.map(\.events.count) == Array(repeating: 1, count: 10)
        )
        #expect(harness.members[deaf].applied.allSatisfy { $0.events.isEmpty })
        #expect(harness.members[deaf].applied.count < 10)
        let revisions = harness.members.map { $0.applied.last?.revision }
        #expect(revisions[deaf] == revisions[leader])
        #expect(Set(harness.members.compactMap { $0.status?.stateHash }).count == 1)

        harness.tell(deaf, input: .audience(.somebody))
        harness.round()
        harness.members[deaf].applied = []
        #expect(harness.put("/last", value: "v", at: leader) != nil && harness.settle())
        #expect(harness.members[deaf].applied.map(\.events.count) == [1])
    }

    @Test("history holds what nobody was told")
    func history() throws {
        var keyspace = Keyspace()
        let applied = keyspace.apply(
            index: 1,
            time: .init(rawValue: 1),
            command: ReplicaHarness.put("/a", value: "1").payload,
            audience: .nobody
        )
        #expect(applied.events.isEmpty)
        let selection = KeyRange.subtree(.root)
        let slice = try keyspace.store.events(
            from: EventID(revision: Revision(rawValue: 1), sub: 0),
            filter: WatchFilter(ranges: [selection]),
            byteCountMax: .max
        )
        #expect(slice.events.count == 1)
    }
}
