import TestSupport
import Testing

@testable import Replica

@Suite("links that are welcomed and end at once are dialled after a growing pause")
struct LinkPauseTests {
    /// Every welcome of these members is the last thing on its link.
    private func slam(_ members: Set<Int>, in harness: ReplicaHarness) {
        harness.carry = { sender, frame in
            guard members.contains(sender), let answer = try? HelloAnswer(decoding: frame),
                answer.verdict == .accepted
            else { return .whole(frame) }
            return .last(frame)
        }
    }

    @Test("by one side or by both; afterwards the members meet again", arguments: [[1], [0, 1]])
    func slammed(_ members: Set<Int>) throws {
        let harness = ReplicaHarness(2)
        try harness.startAll()
        #expect(harness.settle())
        slam(members, in: harness)
        harness.kill(1)
        try harness.start(1)
        harness.run(200)
        for member in harness.members { member.dialCount = 0 }
        harness.run(5_000)
        // 500 ms is the longest pause.
        for number in members.map({ 1 - $0 }) {
            #expect((9...11).contains(harness.members[number].dialCount))
        }
        harness.carry = { _, frame in .whole(frame) }
        #expect(harness.settle())
    }

    @Test("one that worked is dialled anew without a pause")
    func restarted() throws {
        let harness = ReplicaHarness(2)
        try harness.startAll()
        #expect(harness.settle())
        harness.run(1_000)
        harness.kill(1)
        // The dead one's address refuses for as long as pauses need to grow to their longest.
        harness.run(3_000)
        try harness.start(1)
        for member in harness.members { member.dialCount = 0 }
        // One round for the hello, one for its boot to be durable, one for the answer.
        #expect(harness.run(8) { harness.members[0].dialCount > 0 })
    }
}
