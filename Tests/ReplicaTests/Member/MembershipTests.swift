import Bytes
import Consensus
import Testing

@testable import Replica

@Suite("members come and go (dissertation, chapter 4)")
struct MembershipTests {
    private func formed() throws -> ReplicaHarness {
        let town = ReplicaHarness(3)
        try town.startAll()
        #expect(town.settle())
        for number in 0..<20 {
            #expect(town.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        return town
    }

    private func join(_ town: ReplicaHarness) throws -> Int {
        let newcomer = try town.welcomeNewcomer()
        let member = try #require(town.member(newcomer))
        #expect(town.change(.addLearner(member))?.isMembershipChange == true)
        #expect(town.run(3_000) { town.value("/k19", at: newcomer) == "v" })
        #expect(town.change(.promote(member.id))?.isMembershipChange == true)
        #expect(town.settle())
        return newcomer
    }

    @Test("a newcomer answers a leader that took over an earlier member's name and address")
    func addressOfAnotherBefore() throws {
        let town = try formed()
        let leaver = (try #require(town.leader) + 1) % 3
        let gone = try #require(town.member(leaver)).id
        town.kill(leaver)
        #expect(town.change(.remove(gone))?.isMembershipChange == true)
        #expect(town.settle())
        let successor = try town.welcomeNewcomer(inPlaceOf: leaver)
        let member = try #require(town.member(successor))
        #expect(town.change(.addLearner(member))?.isMembershipChange == true)
        #expect(town.run(3_000) { town.value("/k19", at: successor) == "v" })
        #expect(town.change(.promote(member.id))?.isMembershipChange == true)
        #expect(town.settle())
        town.tell(try #require(town.leader), input: .transferLeadership(to: member.id))
        #expect(town.run(3_000) { town.leader == successor })
        #expect(town.settle())
        // It knows the founders, of whom one had that address.
        let newcomer = try town.welcomeNewcomer()
        let learner = try #require(town.member(newcomer))
        #expect(town.change(.addLearner(learner))?.isMembershipChange == true)
        #expect(town.run(5_000) { town.value("/k19", at: newcomer) == "v" })
    }

    @Test("a newcomer that nobody has added waits, and changes nothing")
    func waits() throws {
        let town = try formed()
        let newcomer = try town.welcomeNewcomer()
        town.run(3_000)
        #expect(town.houses[newcomer].stop == nil)
        #expect(town.houses[newcomer].status?.role == .forming)
        #expect(town.houses[0].replica?.members(now: town.now).count == 3)
    }

    @Test("a learner receives the log, and its vote counts once it is promoted")
    func join() throws {
        let town = try formed()
        let newcomer = try join(town)
        let leader = try #require(town.leader)
        // Two of the four go: the newcomer is one of the three that remain, and is needed.
        town.kill((leader + 1) % 3)
        #expect(town.put("/after", value: "1", at: newcomer)?.revision != nil)
        town.tell(leader, input: .transferLeadership(to: try #require(town.member(newcomer)).id))
        #expect(town.run(3_000) { town.leader == newcomer })
    }

    @Test("a removed member stops; what remains goes on, and the last voter stays")
    func remove() throws {
        let town = try formed()
        let leader = try #require(town.leader)
        let leaver = (leader + 1) % 3
        let gone = try #require(town.member(leaver)).id
        #expect(town.change(.remove(gone))?.isMembershipChange == true)
        #expect(town.run(5_000) { town.houses[leaver].stop == .mayNotJoin(.removed) })
        #expect(town.change(.remove(gone))?.failure == .notApplied(.membership))
        // The leader itself: it makes room.
        let own = try #require(town.member(leader)).id
        #expect(town.change(.remove(own))?.isMembershipChange == true)
        let last = (leader + 2) % 3
        #expect(town.run(5_000) { town.leader == last })
        #expect(town.put("/alone", value: "1", at: last)?.revision != nil)
        let survivor = try #require(town.member(last)).id
        #expect(town.change(.remove(survivor))?.failure == .notApplied(.membership))
    }

    @Test("who slept through a change follows a leader that it has never heard of")
    func overslept() throws {
        let town = try formed()
        let sleeper = (try #require(town.leader) + 1) % 3
        town.kill(sleeper)
        let newcomer = try town.welcomeNewcomer()
        let member = try #require(town.member(newcomer))
        #expect(town.change(.addLearner(member))?.isMembershipChange == true)
        #expect(town.run(3_000) { town.value("/k19", at: newcomer) == "v" })
        #expect(town.change(.promote(member.id))?.isMembershipChange == true)
        let leader = try #require(town.leader)
        town.tell(leader, input: .transferLeadership(to: member.id))
        #expect(town.run(3_000) { town.leader == newcomer })
        #expect(town.put("/news", value: "1", at: newcomer)?.revision != nil)
        try town.start(sleeper)
        #expect(town.run(5_000) { town.value("/news", at: sleeper) == "1" })
    }
}

extension Completion {
    fileprivate var isMembershipChange: Bool {
        if case .membershipChanged = self { true } else { false }
    }
}
