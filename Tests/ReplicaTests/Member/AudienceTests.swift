import Bytes
import Consensus
import Keyspace
import Testing

@testable import Replica

@Suite("Changes of keys are told to an audience")
struct AudienceTests {
    @Test("without one only the last revision of a turn is told, and nothing else differs")
    func nobody() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leader = try #require(town.leader)
        let deaf = leader == 0 ? 1 : 0
        town.tell(deaf, input: .audience(.nobody))
        town.round()
        for house in town.houses { house.applied = [] }
        let tickets = (0..<10).map { _ in town.ticket() }
        for (number, ticket) in tickets.enumerated() {
            town.tell(
                leader,
                input: .propose(ticket, ReplicaHarness.put("/k\(number)", value: "v"))
            )
        }
        _ = town.reply(to: tickets[9], at: leader)
        #expect(town.settle())

        #expect(town.houses[leader].applied.map(\.events.count) == Array(repeating: 1, count: 10))
        #expect(town.houses[deaf].applied.allSatisfy { $0.events.isEmpty })
        #expect(town.houses[deaf].applied.count < 10)
        let revisions = town.houses.map { $0.applied.last?.revision }
        #expect(revisions[deaf] == revisions[leader])
        #expect(Set(town.houses.compactMap { $0.status?.stateHash }).count == 1)

        town.tell(deaf, input: .audience(.somebody))
        town.round()
        town.houses[deaf].applied = []
        #expect(town.put("/last", value: "v", at: leader) != nil && town.settle())
        #expect(town.houses[deaf].applied.map(\.events.count) == [1])
    }

    @Test("history holds what nobody was told")
    func history() throws {
        var keyspace = Keyspace()
        keyspace.audience = .nobody
        let applied = keyspace.apply(
            index: 1,
            time: .init(rawValue: 1),
            request: ReplicaHarness.put("/a", value: "1")
        )
        #expect(applied.events.isEmpty)
        let selection = WatchFilter.Selection(path: .root, extent: .subtree)
        let slice = try keyspace.store.events(
            from: EventID(revision: Revision(rawValue: 1), sub: 0),
            filter: WatchFilter(selections: [selection]),
            byteCountMax: .max
        )
        #expect(slice.events.count == 1)
    }
}
