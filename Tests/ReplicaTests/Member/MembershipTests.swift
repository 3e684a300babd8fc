import Bytes
import Consensus
import TestSupport
import Testing

@testable import Replica

@Suite("members come and go (dissertation, chapter 4)")
struct MembershipTests {
    private func formed() throws -> ReplicaHarness {
        let harness = ReplicaHarness(3)
        try harness.startAll()
        #expect(harness.settle())
        for number in 0..<20 {
            #expect(harness.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        return harness
    }

    private func join(_ harness: ReplicaHarness) throws -> Int {
        let newcomer = try harness.startNewcomer()
        let member = try #require(harness.member(newcomer))
        #expect(harness.change(.addLearner(member, beside: nil))?.isMembershipChange == true)
        #expect(harness.run(3_000) { harness.value("/k19", at: newcomer) == "v" })
        #expect(harness.promote(member.id))
        #expect(harness.settle())
        return newcomer
    }

    @Test("a newcomer answers a leader that took over an earlier member's name and address")
    func addressOfAnotherBefore() throws {
        let harness = try formed()
        let leaver = (try #require(harness.leader) + 1) % 3
        let gone = try #require(harness.member(leaver)).id
        harness.kill(leaver)
        #expect(harness.change(.remove(gone))?.isMembershipChange == true)
        #expect(harness.settle())
        let successor = try harness.startNewcomer(inPlaceOf: leaver)
        let member = try #require(harness.member(successor))
        #expect(harness.change(.addLearner(member, beside: nil))?.isMembershipChange == true)
        #expect(harness.run(3_000) { harness.value("/k19", at: successor) == "v" })
        #expect(harness.promote(member.id))
        #expect(harness.settle())
        harness.tell(try #require(harness.leader), input: .transferLeadership(to: member.id))
        #expect(harness.run(3_000) { harness.leader == successor })
        #expect(harness.settle())
        // It knows the founders, of whom one had that address.
        let newcomer = try harness.startNewcomer()
        let learner = try #require(harness.member(newcomer))
        #expect(harness.change(.addLearner(learner, beside: nil))?.isMembershipChange == true)
        #expect(harness.run(5_000) { harness.value("/k19", at: newcomer) == "v" })
    }

    @Test("a newcomer that nobody has added waits, and changes nothing")
    func waits() throws {
        let harness = try formed()
        let newcomer = try harness.startNewcomer()
        harness.run(3_000)
        #expect(harness.members[newcomer].stop == nil)
        #expect(harness.members[newcomer].status?.role == .forming)
        #expect(harness.members[0].replica?.members(now: harness.now).count == 3)
    }

    @Test("a learner receives the log, and its vote counts once it is promoted")
    func join() throws {
        let harness = try formed()
        let newcomer = try join(harness)
        let leader = try #require(harness.leader)
        // Two of the four go: the newcomer is one of the three that remain, and is needed.
        harness.kill((leader + 1) % 3)
        #expect(harness.put("/after", value: "1", at: newcomer)?.revision != nil)
        harness.tell(
            leader,
            input: .transferLeadership(to: try #require(harness.member(newcomer)).id)
        )
        #expect(harness.run(3_000) { harness.leader == newcomer })
    }

    @Test("a removed member stops; what remains goes on, and the last voter stays")
    func remove() throws {
        let harness = try formed()
        let leader = try #require(harness.leader)
        let leaver = (leader + 1) % 3
        let gone = try #require(harness.member(leaver)).id
        #expect(harness.change(.remove(gone))?.isMembershipChange == true)
        #expect(harness.run(5_000) { harness.members[leaver].stop == .mayNotJoin(.removed) })
        #expect(harness.change(.remove(gone))?.failure == .notApplied(.membership))
        // The leader itself: it makes room.
        let own = try #require(harness.member(leader)).id
        #expect(harness.change(.remove(own))?.isMembershipChange == true)
        let last = (leader + 2) % 3
        #expect(harness.run(5_000) { harness.leader == last })
        #expect(harness.put("/alone", value: "1", at: last)?.revision != nil)
        let survivor = try #require(harness.member(last)).id
        #expect(harness.change(.remove(survivor))?.failure == .notApplied(.membership))
    }

    @Test("who slept through a change follows a leader that it has never heard of")
    func overslept() throws {
        let harness = try formed()
        let sleeper = (try #require(harness.leader) + 1) % 3
        harness.kill(sleeper)
        let newcomer = try harness.startNewcomer()
        let member = try #require(harness.member(newcomer))
        #expect(harness.change(.addLearner(member, beside: nil))?.isMembershipChange == true)
        #expect(harness.run(3_000) { harness.value("/k19", at: newcomer) == "v" })
        #expect(harness.promote(member.id))
        let leader = try #require(harness.leader)
        harness.tell(leader, input: .transferLeadership(to: member.id))
        #expect(harness.run(3_000) { harness.leader == newcomer })
        #expect(harness.put("/news", value: "1", at: newcomer)?.revision != nil)
        try harness.start(sleeper)
        #expect(harness.run(5_000) { harness.value("/news", at: sleeper) == "1" })
    }
}

extension Completion {
    fileprivate var isMembershipChange: Bool {
        if case .membershipChanged = self { true } else { false }
    }
}
