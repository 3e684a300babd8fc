import TestSupport
import Testing

@testable import Replica

@Suite("writes at a leader that another one follows (guarantees.md, What a refusal means)")
struct EarlierLeaderTests {
    @Test("a leader stands still: its writes without a key are unknown once another one leads")
    func standingStill() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let stopped = try #require(harness.leader)
        let others = (0..<3).filter { $0 != stopped }
        harness.members[stopped].isPaused = true
        let tickets = others.map { _ in harness.ticket() }
        for (number, ticket) in zip(others, tickets) {
            harness.tell(
                number,
                input: .propose(ticket, ReplicaHarness.put("/by-\(number)", value: "1"))
            )
        }
        let formerID = harness.members[stopped].status?.id
        #expect(
            harness.run(1_900) {
                others.allSatisfy {
                    let leader = harness.members[$0].status?.leader
                    return leader != nil && leader != formerID
                }
            }
        )
        harness.run(2)
        for (number, ticket) in zip(others, tickets) {
            let replies = harness.members[number].replies.filter { $0.ticket == ticket }
            #expect(replies.map(\.failure) == [.unknown])
        }
        // It wakes, still believes that it leads, and answers: nobody hears a second reply.
        harness.members[stopped].isPaused = false
        #expect(harness.settle())
        for (number, ticket) in zip(others, tickets) {
            #expect(harness.members[number].replies.filter { $0.ticket == ticket }.count == 1)
        }
    }

    @Test("a leader hands over and is slow to answer: what it did not take goes to the next one")
    func handingOver() throws {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        let leaving = try #require(harness.leader)
        let others = (0..<3).filter { $0 != leaving }
        let tickets = others.map { _ in harness.ticket() }
        harness.tell(leaving, input: .stop)
        for (number, ticket) in zip(others, tickets) {
            harness.tell(
                number,
                input: .propose(ticket, ReplicaHarness.put("/by-\(number)", value: "1"))
            )
        }
        harness.round()
        harness.members[leaving].isPaused = true
        #expect(
            harness.run(100) { others.contains { harness.members[$0].status?.role == .leader } }
        )
        harness.run(100)
        // The heir may have kept its own; at least the other's is with the one that is slow.
        let unanswered = zip(others, tickets).filter { number, ticket in
            !harness.members[number].replies.contains { $0.ticket == ticket }
        }
        #expect(!unanswered.isEmpty)
        harness.members[leaving].isPaused = false
        for (number, ticket) in zip(others, tickets) {
            let reply = harness.reply(to: ticket, at: number)
            #expect(reply?.revision != nil, "\(String(describing: reply))")
        }
    }
}
