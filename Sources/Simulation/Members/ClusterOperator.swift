internal import Bytes
internal import Consensus
internal import Replica

/// Whoever runs the cluster: leadership is handed over and members come and go while it is used,
/// whatever else happens to it.
struct ClusterOperator {
    /// What an operator does to a cluster that is in use.
    enum Action: Sendable {
        case transferLeadership
        case admit
        case remove
    }

    private let world: World
    private let members: Members
    private let processes: Processes

    init(of members: Members, running processes: Processes, in world: World) {
        self.world = world
        self.members = members
        self.processes = processes
    }

    func scheduleAction() {
        guard let milliseconds = world.plan.actionMilliseconds else { return }
        world.schedule(.operatorAction, after: world.random(0...2_000 * milliseconds))
    }

    /// The operator does something, and something else later.
    func act() {
        guard !world.isCalm else { return }
        scheduleAction()
        guard !world.isTruce else { return }
        switch world.plan.drawAction(&world.chance) {
        case .transferLeadership: transferLeadership()
        case .admit: admit()
        case .remove: remove()
        case nil: break
        }
    }

    private func transferLeadership() {
        guard let leader = members.leader,
            let voters = members.membership.current?.voters.filter({ $0 != leader.id }),
            !voters.isEmpty
        else { return }
        let target = world.pick(4) == 0 ? nil : voters.pick(&world.chance)
        world.count(.transferLeadership)
        world.tell(of: leader, "is to hand over")
        members.membership.transferTarget = target
        members.deliver(.transferLeadership(to: target), to: leader)
    }

    /// A new machine with an empty directory is to become a voter.
    private func admit() {
        guard let membership = members.membership.current,
            !members.membership.isBusy(with: .admit),
            membership.voters.count < KnownMembership.voterCountMax, members.isEveryDirectoryOwn,
            let number = members.roomForNewcomer
        else { return }
        world.count(.newcomer)
        let newcomer = SimulatedMember(
            number: number,
            disk: SimulatedDisk(honesty: .honest),
            clock: members.drawClock(),
            arrival: .joining
        )
        members.place(newcomer)
        members.arrived(newcomer)
        world.tell(of: newcomer, "is new")
        begin(KnownMembership.Order(aim: .admit, member: number))
        processes.start(newcomer)
    }

    /// A member has to go, perhaps the one that leads.
    private func remove() {
        guard !members.membership.isBusy(with: .remove), members.isEveryDirectoryOwn,
            members.membership.voterCountMin > KnownMembership.voterCountMin
        else { return }
        let member = world.pick(3) == 0 ? members.leader ?? members.random() : members.random()
        guard members.mayRemove(member) else { return }
        world.tell(of: member, "is to go")
        member.standing = .leaving
        begin(KnownMembership.Order(aim: .remove, member: member.number))
    }

    private func begin(_ order: KnownMembership.Order) {
        members.membership.orders.append(order)
        if members.membership.orders.count == 1 { world.schedule(.orders, after: 0) }
    }

    /// Whoever leads is asked until everything is done that was begun.
    func pursueOrders() {
        members.membership.orders = members.membership.orders.compactMap(pursued)
        removeStrays()
        guard !members.membership.orders.isEmpty else { return }
        world.schedule(.orders, after: world.random(20_000...400_000))
    }

    /// The order after the next attempt; nil when it is carried out.
    private func pursued(_ order: KnownMembership.Order) -> KnownMembership.Order? {
        let member = members[order.member]
        // Its incarnation counts once it is durable.
        guard let id = member.id, let membership = members.membership.current else { return order }
        switch order.aim {
        case .remove:
            guard members.membership.belongs(id) else {
                removed(member)
                return nil
            }
            ask(.remove(id))
        case .admit where membership.voters.contains(id):
            world.count(.promotion)
            world.tell(of: member, "votes")
            member.standing = .member
            return nil
        case .admit where membership.learners.contains(id):
            if !order.isLearning { world.count(.learner) }
            ask(.promote(id))
            return KnownMembership.Order(aim: .admit, member: order.member, isLearning: true)
        case .admit:
            guard member.state == .running, member.replica?.isOpen == true else { break }
            let address = member.address.text
            ask(.addLearner(Member(id: id, name: member.name, peerAddress: address), beside: nil))
        }
        return order
    }

    /// Incarnations that were added and whose directory is gone are removed.
    private func removeStrays() {
        guard members.membership.isBusy(with: .admit),
            let membership = members.membership.current
        else { return }
        let present = members.present
        for known in membership.members where !present.contains(where: { $0.id == known.id }) {
            ask(.remove(known.id))
        }
    }

    private func ask(_ change: MembershipChange) {
        guard let leader = members.leader else { return }
        members.deliver(.changeMembership(leader.tickets.make(), change), to: leader)
    }

    private func removed(_ member: SimulatedMember) {
        world.count(.removal)
        world.tell(of: member, "is removed")
        member.standing = .removed
        world.schedule(.eviction(member.number), after: world.random(5_000_000...30_000_000))
    }
}
