import Bytes
import Testing

@testable import Keyspace

@Suite("Orders about members: kept in order, and what contradicts one that stands is refused")
struct MemberOrderTests {
    private func place(_ name: String, _ address: String) -> MemberOrder.Place {
        MemberOrder.Place(name: bytes(name), peerAddress: bytes(address))
    }

    private func begin(_ machine: inout Machine, _ aim: MemberOrder.Aim) -> Outcome {
        machine.apply(.orderMembers(.begin(aim)))
    }

    @Test("an order stands until it is closed, through snapshots, and hashes")
    func life() throws {
        var machine = Machine()
        let empty = machine.keyspace.orders.stateItem
        #expect(begin(&machine, .add(place("n4", "h4:1"), as: .voter)) == .memberOrder(number: 1))
        #expect(begin(&machine, .remove(7)) == .memberOrder(number: 2))
        #expect(machine.apply(.orderMembers(.meet(order: 1, member: 9))) == .memberOrder(number: 1))
        try machine.restartTwin()
        #expect(
            machine.keyspace.memberOrders == [
                MemberOrder(number: 1, aim: .add(place("n4", "h4:1"), as: .voter), newcomer: 9),
                MemberOrder(number: 2, aim: .remove(7)),
            ]
        )
        #expect(machine.apply(.orderMembers(.close(order: 1))) == .memberOrder(number: 1))
        #expect(machine.apply(.orderMembers(.close(order: 2))) == .memberOrder(number: 2))
        #expect(empty == nil && machine.keyspace.orders.stateItem == nil)
        try machine.restartTwin()
    }

    @Test("one member, one name, one address: one order")
    func contradictions() {
        var machine = Machine()
        _ = begin(&machine, .add(place("n4", "h4:1"), as: .voter))
        for aim: MemberOrder.Aim in [
            .add(place("n4", "h5:1"), as: .observer), .add(place("n5", "h4:1"), as: .voter),
            .replace(3, by: place("n4", "h6:1")),
        ] { #expect(begin(&machine, aim) == .refused(.memberOrderStands(1))) }
        #expect(begin(&machine, .move(3, to: bytes("h:1"))) == .memberOrder(number: 5))
        for aim: MemberOrder.Aim in [
            .assign(3, as: .observer), .replace(3, by: place("n9", "h9:1")),
        ] { #expect(begin(&machine, aim) == .refused(.memberOrderStands(5))) }
        // Whoever has just come is a member of whom there is an order.
        machine.apply(.orderMembers(.meet(order: 1, member: 9)))
        for aim: MemberOrder.Aim in [
            .assign(9, as: .observer), .move(9, to: bytes("h:7")),
            .replace(9, by: place("n8", "h8:1")),
        ] { #expect(begin(&machine, aim) == .refused(.memberOrderStands(1))) }
    }

    @Test("a later word counts: a removal ends what is to become of the member, a kind the other")
    func superseded() {
        var machine = Machine()
        _ = begin(&machine, .assign(3, as: .voter))
        #expect(begin(&machine, .assign(3, as: .observer)) == .memberOrder(number: 2))
        #expect(machine.keyspace.memberOrders.map(\.aim) == [.assign(3, as: .observer)])
        #expect(begin(&machine, .remove(3)) == .memberOrder(number: 3))
        #expect(machine.keyspace.memberOrders.map(\.aim) == [.remove(3)])
    }

    @Test("a removal that is refused changes nothing")
    func refusedRemoval() {
        var machine = Machine()
        _ = begin(&machine, .add(place("n4", "h4:1"), as: .voter))
        machine.apply(.orderMembers(.meet(order: 1, member: 9)))
        _ = begin(&machine, .replace(8, by: place("n5", "h5:1")))
        machine.apply(.orderMembers(.meet(order: 3, member: 8)))
        let before = machine.keyspace.memberOrders
        for number in 100..<130 { _ = begin(&machine, .remove(UInt64(number))) }
        #expect(begin(&machine, .remove(1)) == .refused(.tooManyMemberOrders))
        #expect(Array(machine.keyspace.memberOrders.prefix(2)) == before)
    }

    @Test("an arrival is withdrawn until it is met, and nothing else is")
    func withdrawal() {
        var machine = Machine()
        _ = begin(&machine, .add(place("n4", "h4:1"), as: .voter))
        _ = begin(&machine, .remove(7))
        let standing = Outcome.refused(.memberOrderStands(2))
        #expect(machine.apply(.orderMembers(.withdraw(order: 2))) == standing)
        machine.apply(.orderMembers(.meet(order: 1, member: 9)))
        let met = Outcome.refused(.memberOrderStands(1))
        #expect(machine.apply(.orderMembers(.withdraw(order: 1))) == met)
        _ = begin(&machine, .add(place("n5", "h5:1"), as: .voter))
        #expect(
            machine.apply(.orderMembers(.withdraw(order: 5))) == .refused(.notFound(.memberOrder))
        )
        #expect(machine.apply(.orderMembers(.withdraw(order: 6))) == .memberOrder(number: 6))
    }

    @Test("a removal ends the arrival of whoever it removes")
    func removal() {
        var machine = Machine()
        _ = begin(&machine, .add(place("n4", "h4:1"), as: .voter))
        machine.apply(.orderMembers(.meet(order: 1, member: 9)))
        _ = begin(&machine, .remove(9))
        #expect(machine.keyspace.memberOrders.map(\.aim) == [.remove(9)])
    }

    @Test("what is not there is not found, and no more than 32 stand")
    func bounds() {
        var machine = Machine()
        let missing = Outcome.refused(.notFound(.memberOrder))
        #expect(machine.apply(.orderMembers(.close(order: 1))) == missing)
        #expect(machine.apply(.orderMembers(.meet(order: 1, member: 2))) == missing)
        _ = begin(&machine, .remove(100))
        #expect(machine.apply(.orderMembers(.meet(order: 3, member: 2))) == missing)
        for member in 101..<132 { _ = begin(&machine, .remove(UInt64(member))) }
        #expect(begin(&machine, .remove(1)) == .refused(.tooManyMemberOrders))
        #expect(begin(&machine, .add(place("", "h:1"), as: .voter)) == .refused(.malformed))
        let long = String(repeating: "x", count: 301)
        #expect(begin(&machine, .move(1, to: bytes(long))) == .refused(.malformed))
    }

    @Test("each rule, broken by hand")
    func rules() {
        var orders = MemberOrders()
        orders.list = [
            MemberOrder(number: 3, aim: .remove(1)), MemberOrder(number: 4, aim: .remove(2)),
        ]
        #expect(orders.brokenRule(appliedIndex: 4) == nil)
        #expect(orders.brokenRule(appliedIndex: 3) == .ordersArePast)
        orders.list.reverse()
        #expect(orders.brokenRule(appliedIndex: 9) == .ordersRise)
        orders.list = [MemberOrder(number: 3, aim: .remove(1), newcomer: 4)]
        #expect(orders.brokenRule(appliedIndex: 9) == .newcomersWereAwaited)
        orders.list = (0..<33).map { MemberOrder(number: $0, aim: .remove($0)) }
        #expect(orders.brokenRule(appliedIndex: 99) == .ordersAreBounded)
    }

    @Test("a snapshot's orders rise, and are not of the future")
    func restored() {
        var orders = MemberOrders()
        let restored = [
            MemberOrder(number: 3, aim: .remove(1)), MemberOrder(number: 3, aim: .remove(2)),
            MemberOrder(number: 4, aim: .move(2, to: [])),
            MemberOrder(number: 4, aim: .remove(2), newcomer: 1),
            MemberOrder(number: 4, aim: .remove(2)),
        ].map { orders.restore($0) }
        #expect(restored == [true, false, false, false, true])
    }
}
