import Testing

@testable import Replica

@Suite("writes at a leader that another one follows (guarantees.md, What a refusal means)")
struct EarlierLeaderTests {
    @Test("a leader stands still: its writes without a key are unknown once another one leads")
    func standingStill() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let stopped = try #require(town.leader)
        let others = (0..<3).filter { $0 != stopped }
        town.houses[stopped].isPaused = true
        let tickets = others.map { _ in town.ticket() }
        for (number, ticket) in zip(others, tickets) {
            town.tell(
                number,
                input: .propose(ticket, ReplicaHarness.put("/by-\(number)", value: "1"))
            )
        }
        let formerID = town.houses[stopped].status?.id
        #expect(
            town.run(1_900) {
                others.allSatisfy {
                    let leader = town.houses[$0].status?.leader
                    return leader != nil && leader != formerID
                }
            }
        )
        town.run(2)
        for (number, ticket) in zip(others, tickets) {
            let replies = town.houses[number].replies.filter { $0.ticket == ticket }
            #expect(replies.map(\.failure) == [.unknown])
        }
        // It wakes, still believes that it leads, and answers: nobody hears a second reply.
        town.houses[stopped].isPaused = false
        #expect(town.settle())
        for (number, ticket) in zip(others, tickets) {
            #expect(town.houses[number].replies.filter { $0.ticket == ticket }.count == 1)
        }
    }

    @Test("a leader hands over and is slow to answer: what it did not take goes to the next one")
    func handingOver() throws {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        let leaving = try #require(town.leader)
        let others = (0..<3).filter { $0 != leaving }
        let tickets = others.map { _ in town.ticket() }
        town.tell(leaving, input: .stop)
        for (number, ticket) in zip(others, tickets) {
            town.tell(
                number,
                input: .propose(ticket, ReplicaHarness.put("/by-\(number)", value: "1"))
            )
        }
        town.round()
        town.houses[leaving].isPaused = true
        #expect(town.run(100) { others.contains { town.houses[$0].status?.role == .leader } })
        town.run(100)
        // The heir may have kept its own; at least the other's is with the one that is slow.
        let unanswered = zip(others, tickets).filter { number, ticket in
            !town.houses[number].replies.contains { $0.ticket == ticket }
        }
        #expect(!unanswered.isEmpty)
        town.houses[leaving].isPaused = false
        for (number, ticket) in zip(others, tickets) {
            let reply = town.reply(to: ticket, at: number)
            #expect(reply?.revision != nil, "\(String(describing: reply))")
        }
    }
}
