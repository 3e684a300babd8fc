import Testing

@testable import Replica

@Suite("links that are welcomed and end at once are dialled after a growing pause")
struct LinkPauseTests {
    /// Every welcome of these houses is the last thing on its link.
    private func slam(_ houses: Set<Int>, in town: ReplicaHarness) {
        town.carry = { sender, frame in
            guard houses.contains(sender), let answer = try? HelloAnswer(decoding: frame),
                answer.verdict == .accepted
            else { return .whole(frame) }
            return .last(frame)
        }
    }

    @Test("by one side or by both; afterwards the members meet again", arguments: [[1], [0, 1]])
    func slammed(_ houses: Set<Int>) throws {
        let town = ReplicaHarness(2)
        try town.startAll()
        #expect(town.settle())
        slam(houses, in: town)
        town.kill(1)
        try town.start(1)
        town.run(200)
        for house in town.houses { house.dialCount = 0 }
        town.run(5_000)
        // 500 ms is the longest pause.
        for number in houses.map({ 1 - $0 }) {
            #expect((9...11).contains(town.houses[number].dialCount))
        }
        town.carry = { _, frame in .whole(frame) }
        #expect(town.settle())
    }

    @Test("one that worked is dialled anew without a pause")
    func restarted() throws {
        let town = ReplicaHarness(2)
        try town.startAll()
        #expect(town.settle())
        town.run(1_000)
        town.kill(1)
        // The dead one's address refuses for as long as pauses need to grow to their longest.
        town.run(3_000)
        try town.start(1)
        for house in town.houses { house.dialCount = 0 }
        // One round for the hello, one for its boot to be durable, one for the answer.
        #expect(town.run(8) { town.houses[0].dialCount > 0 })
    }
}
