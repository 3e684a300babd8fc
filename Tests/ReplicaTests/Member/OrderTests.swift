import Bytes
import Consensus
import Keyspace
import TestSupport
import Testing

@testable import Replica

@Suite("orders about members are carried out by whoever leads")
struct OrderTests {
    private func formed(_ count: Int = 3) throws -> ReplicaHarness {
        let harness = ReplicaHarness(count)
        try harness.startAll()
        #expect(harness.settle())
        for number in 0..<20 {
            #expect(harness.put("/k\(number)", value: "v", at: 0)?.revision != nil)
        }
        return harness
    }

    private func place(_ name: String, at number: Int) -> MemberOrder.Place {
        MemberOrder.Place(
            name: Array(name.utf8),
            peerAddress: ReplicaHarness.address(number).text
        )
    }

    private func id(_ number: Int, of harness: ReplicaHarness) throws -> UInt64 {
        try #require(harness.member(number)).id.rawValue
    }

    private func membership(_ harness: ReplicaHarness) -> Membership? {
        harness.leader.flatMap { harness.members[$0].replica?.membership }
    }

    /// Whether nothing is left to be done on any member.
    private func isDone(_ harness: ReplicaHarness) -> Bool {
        membership(harness)?.isJoint == false
            && harness.members.allSatisfy { $0.replica?.keyspace.memberOrders.isEmpty ?? true }
    }

    @Test("a newcomer that knows one follower is met, caught up and votes", arguments: [0, 1, 2])
    func add(asked step: Int) throws {
        let harness = try formed()
        let leader = try #require(harness.leader)
        let order = harness.order(.add(place("n4", at: 3), as: .voter), at: (leader + 1) % 3)
        guard case .memberOrder = order else {
            Issue.record("\(String(describing: order))")
            return
        }
        harness.run(500)
        #expect(harness.members[0].replica?.keyspace.memberOrders.count == 1)
        let newcomer = try harness.startJoiner("n4", asking: [(leader + step) % 3])
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(membership(harness)?.voters.contains(try #require(harness.member(3)).id) == true)
        #expect(harness.settle())
        #expect(harness.value("/k19", at: newcomer) == "v")
        // Its vote is needed now.
        harness.kill((leader + 1) % 3)
        #expect(harness.put("/after", value: "1", at: newcomer)?.revision != nil)
    }

    @Test("a newcomer that comes first waits for the order")
    func early() throws {
        let harness = try formed()
        _ = try harness.startJoiner("n4", asking: [0, 1])
        harness.run(2_000)
        #expect(harness.members[3].status?.role == .forming)
        #expect(harness.members[3].notices.isEmpty)
        harness.run(3_000)
        let told = harness.members[3].notices
        guard case .awaitsOrder = told.first, told.count == 1 else {
            Issue.record("\(told)")
            return
        }
        #expect(harness.order(.add(place("n4", at: 3), as: .voter), at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(harness.settle())
    }

    @Test("an order that waits for its newcomer holds up no other")
    func waiting() throws {
        let harness = try formed()
        #expect(harness.order(.add(place("n9", at: 9), as: .voter), at: 0) != nil)
        #expect(harness.order(.add(place("n4", at: 3), as: .observer), at: 0) != nil)
        _ = try harness.startJoiner("n4", asking: [0])
        #expect(harness.run(5_000) { harness.members[0].replica?.keyspace.memberOrders.count == 1 })
        let observer = try #require(harness.member(3)).id
        #expect(membership(harness)?.observers == [observer])
        // It stays what it is, votes are not counted, and it serves.
        harness.run(3_000)
        #expect(membership(harness)?.voters.contains(observer) == false)
        #expect(harness.put("/observed", value: "1", at: 3)?.revision != nil)
        #expect(harness.value("/observed", at: 3) == "1")
    }

    @Test("an observer comes to vote, and a voter to observe, be it the leader")
    func assign() throws {
        let harness = try formed()
        #expect(harness.order(.add(place("n4", at: 3), as: .observer), at: 0) != nil)
        _ = try harness.startJoiner("n4", asking: [0])
        #expect(harness.run(5_000) { isDone(harness) })
        let observer = try id(3, of: harness)
        #expect(harness.order(.assign(observer, as: .voter), at: 1) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(membership(harness)?.voters.count == 4)
        let leader = try #require(harness.leader)
        let before = try id(leader, of: harness)
        #expect(harness.order(.assign(before, as: .observer), at: leader) != nil)
        #expect(
            harness.run(5_000) {
                membership(harness)?.observers.map(\.rawValue) == [before] && isDone(harness)
            }
        )
        #expect(harness.leader != leader)
        #expect(harness.settle())
    }

    @Test("a wiped member comes back under its name and address, in one swap of votes")
    func replaceWiped() throws {
        let harness = try formed()
        let lost = (try #require(harness.leader) + 1) % 3
        let old = try id(lost, of: harness)
        let name = "n\(lost)"
        harness.kill(lost)
        #expect(harness.order(.replace(old, by: place(name, at: lost)), at: (lost + 1) % 3) != nil)
        let back = try harness.startJoiner(name, at: lost, asking: [(lost + 1) % 3])
        var counts: Set<Int> = []
        #expect(
            harness.run(5_000) {
                if let voters = membership(harness)?.voters { counts.insert(voters.count) }
                return isDone(harness)
            }
        )
        #expect(counts == [3])
        #expect(membership(harness)?.voters.contains(try #require(harness.member(back)).id) == true)
        #expect(membership(harness)?.member(MemberID(rawValue: old)) == nil)
        #expect(harness.settle())
        #expect(harness.value("/k19", at: back) == "v")
    }

    @Test("a replacement goes on under each next leader, and the one that was replaced stops")
    func replaceUnderChange() throws {
        let harness = try formed()
        let leaver = (try #require(harness.leader) + 1) % 3
        let old = try id(leaver, of: harness)
        #expect(harness.order(.replace(old, by: place("n4", at: 3)), at: leaver) != nil)
        _ = try harness.startJoiner("n4", asking: [leaver])
        for _ in 0..<4 where !isDone(harness) {
            harness.run(15)
            if let leader = harness.leader {
                harness.tell(leader, input: .transferLeadership(to: nil))
            }
        }
        #expect(harness.run(10_000) { isDone(harness) })
        #expect(harness.run(5_000) { harness.members[leaver].stop == .mayNotJoin(.removed) })
        #expect(membership(harness)?.voters.count == 3)
        #expect(harness.settle())
    }

    @Test("a newcomer that loses its directory on the way is replaced by its next incarnation")
    func lostNewcomer() throws {
        let harness = try formed()
        #expect(harness.order(.add(place("n4", at: 3), as: .voter), at: 0) != nil)
        let first = try harness.startJoiner("n4", asking: [0])
        // The entry that makes it a learner is under way or in force, and then it is gone.
        #expect(
            harness.run(3_000) {
                harness.members[0].replica?.keyspace.memberOrders.first?.newcomer != nil
            }
        )
        harness.kill(first)
        harness.run(3_000)
        _ = try harness.startJoiner("n4", at: first, asking: [1])
        #expect(harness.run(20_000) { isDone(harness) })
        #expect(membership(harness)?.voters.count == 4)
        #expect(membership(harness)?.members.count == 4)
        #expect(harness.settle())
    }

    @Test("a member is reached at another address from then on")
    func move() throws {
        let harness = try formed()
        let mover = (try #require(harness.leader) + 1) % 3
        harness.kill(mover)
        harness.members[mover].configuration.peerAddress = ReplicaHarness.address(7)
        try harness.start(mover)
        let moved = try id(mover, of: harness)
        let address = ReplicaHarness.address(7).text
        #expect(harness.order(.move(moved, to: address), at: (mover + 1) % 3) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(harness.settle())
        #expect(harness.put("/moved", value: "1", at: (mover + 1) % 3)?.revision != nil)
        #expect(harness.run(1_000) { harness.value("/moved", at: mover) == "1" })
    }

    @Test("what contradicts an order that stands is refused; a removal withdraws an arrival")
    func contradictions() throws {
        let harness = try formed()
        guard
            case .memberOrder(let number)? = harness.order(
                .add(place("n4", at: 3), as: .voter),
                at: 0
            )
        else {
            Issue.record("no order")
            return
        }
        let again = harness.order(.add(place("n4", at: 5), as: .voter), at: 0)
        #expect(again == .refused(.memberOrderStands(number)))
        let newcomer = try harness.startJoiner("n4", asking: [0])
        #expect(
            harness.run(3_000) {
                harness.members[0].replica?.keyspace.memberOrders.first?.newcomer != nil
            }
        )
        let arriving = try #require(harness.member(newcomer)).id.rawValue
        #expect(harness.order(.remove(arriving), at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(membership(harness)?.members.count == 3)
    }

    @Test("an order that can't be carried out is closed, and whoever leads says why")
    func impossible() throws {
        let harness = try formed()
        #expect(harness.order(.move(4_711, to: [1]), at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        let notices = harness.members.flatMap(\.notices)
        #expect(
            notices.contains {
                if case .orderDropped(_, .unknownMember) = $0 { true } else { false }
            }
        )
    }

    @Test("an order that was given twice does not await somebody for ever")
    func twice() throws {
        let harness = try formed()
        let aim = MemberOrder.Aim.add(place("n4", at: 3), as: .voter)
        #expect(harness.order(aim, at: 0) != nil)
        _ = try harness.startJoiner("n4", asking: [0])
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(harness.order(aim, at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        let gone = try id(3, of: harness)
        #expect(harness.order(.remove(gone), at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
        #expect(harness.order(.replace(gone, by: place("n4", at: 3)), at: 0) != nil)
        #expect(harness.run(5_000) { isDone(harness) })
    }

    @Test("no step is taken that those who are heard could not finish")
    func quorum() throws {
        let harness = try formed()
        let leader = try #require(harness.leader)
        let (dead, living) = ((leader + 1) % 3, (leader + 2) % 3)
        harness.kill(dead)
        // Without the living one too few are left; at another address too few would decide.
        #expect(harness.order(.remove(try id(living, of: harness)), at: leader) != nil)
        harness.run(4_000)
        #expect(membership(harness)?.isJoint == false && membership(harness)?.voters.count == 3)
        let moved = ReplicaHarness.address(9).text
        let own = try id(leader, of: harness)
        #expect(harness.order(.move(own, to: moved), at: leader) != nil)
        harness.run(4_000)
        #expect(harness.put("/goes-on", value: "1", at: living)?.revision != nil)
        // The dead one comes back, and everything is carried out.
        try harness.start(dead)
        #expect(harness.run(10_000) { membership(harness)?.voters.count == 2 })
    }

    @Test("a founder on an empty directory ends beside a cluster that awaits one of its name")
    func founder() throws {
        let harness = try formed()
        let lost = (try #require(harness.leader) + 1) % 3
        let old = try id(lost, of: harness)
        let name = "n\(lost)"
        #expect(harness.order(.replace(old, by: place(name, at: lost)), at: (lost + 1) % 3) != nil)
        harness.kill(lost)
        harness.members[lost].disk.contents = [:]
        for _ in 0..<3 {
            try harness.start(lost)
            harness.run(2_000)
            guard case .mayNotJoin(.emptyBesideFormedCluster)? = harness.members[lost].stop else {
                Issue.record("\(String(describing: harness.members[lost].stop))")
                return
            }
        }
    }

    @Test("members of two tokens never meet")
    func token() throws {
        let harness = ReplicaHarness(3)
        harness.members[2].configuration.clusterToken = 7
        try harness.startAll()
        harness.run(2_000)
        #expect(harness.members.allSatisfy { $0.status?.role == .forming })
        let refusals = harness.members.flatMap(\.notices)
        #expect(
            refusals.contains {
                if case .refused(_, .otherToken) = $0 { true } else { false }
            }
        )
    }
}
