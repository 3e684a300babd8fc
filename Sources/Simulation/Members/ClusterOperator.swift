internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// Whoever runs the cluster: leadership is handed over and members come and go while it is used,
/// whatever else happens to it.
struct ClusterOperator {
    /// What an operator does to a cluster that is in use.
    enum Action: CaseIterable, Sendable {
        case transferLeadership
        case admit
        case remove
        case assign
        case replace
        case move
        case rebuild
        case callOff
    }

    let world: World
    let members: Members
    let processes: Processes

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
        case .assign: assign()
        case .replace: replace()
        case .move: move()
        case .rebuild: rebuild()
        case .callOff: callOff()
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

    /// A new machine with an empty directory is to become a voter, or now and then an observer.
    private func admit() {
        guard let membership = members.membership.current, !members.membership.isAwaiting,
            membership.voters.count < KnownMembership.voterCountMax,
            let newcomer = setUpNewcomer()
        else { return }
        let kind = world.pick(3) == 0 ? MemberOrder.Kind.observer : .voter
        beginArrival(KnownMembership.Order(aim: .admit(kind), member: newcomer.number))
        // Whoever is ordered may come before the order, or long after it.
        world.schedule(.start(newcomer.number), after: world.random(0...3_000_000))
    }

    private func setUpNewcomer() -> SimulatedMember? {
        guard members.isEveryDirectoryOwn, let number = members.roomForNewcomer else { return nil }
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
        return newcomer
    }

    /// A member has to go, perhaps the one that leads.
    private func remove() {
        guard !members.membership.isLosing, members.isEveryDirectoryOwn,
            members.membership.voterCountMin > KnownMembership.voterCountMin
        else { return }
        let member = anyMember()
        guard members.mayRemove(member) else { return }
        world.tell(of: member, "is to go")
        member.standing = .leaving
        begin(KnownMembership.Order(aim: .remove, member: member.number))
    }

    /// A voter is to observe, or an observer to vote.
    private func assign() {
        guard !members.membership.isLosing, members.isEveryDirectoryOwn else { return }
        let member = anyMember()
        let isObserver = members.membership.current?.observers.contains { $0 == member.id } ?? false
        if isObserver, member.standing == .member {
            world.tell(of: member, "is to vote")
            begin(KnownMembership.Order(aim: .assign(.voter), member: member.number))
        } else if members.membership.voterCountMin > KnownMembership.voterCountMin,
            members.mayRemove(member)
        {
            world.tell(of: member, "is to observe")
            begin(KnownMembership.Order(aim: .assign(.observer), member: member.number))
        }
    }

    /// A newcomer is to take a voter's place, whether that one lives or not.
    private func replace() {
        guard !members.membership.isAwaiting, !members.membership.isLosing else { return }
        let member = anyMember()
        guard members.mayRemove(member), let newcomer = setUpNewcomer() else { return }
        world.tell(of: member, "is to be replaced")
        member.standing = .leaving
        beginArrival(KnownMembership.Order(aim: .replace(member.number), member: newcomer.number))
        world.schedule(.start(newcomer.number), after: world.random(0...3_000_000))
    }

    func anyMember() -> SimulatedMember {
        world.pick(3) == 0 ? members.leader ?? members.random() : members.random()
    }

    /// An order that may be withdrawn counts once, however often it is sent.
    private func beginArrival(_ order: KnownMembership.Order) {
        var order = order
        if world.pick(2) == 0, members.membership.mayCountOnce(order.member) {
            order.attempt = members.membership.makeAttempt()
        }
        begin(order)
    }

    func begin(_ order: KnownMembership.Order) {
        members.membership.begin(order)
        if members.membership.orders.count == 1 { world.schedule(.orders, after: 0) }
    }

    /// What was begun is ordered until it is done: an order may be lost with the member that took it.
    func pursueOrders() {
        findAstray()
        members.membership.orders = members.membership.orders.compactMap {
            $0.isCalledOff ? withdrawn($0) : pursued(renewed($0))
        }
        let known = members.membership
        members.membership.noteRest(
            doubtful: members.present.count {
                known.onceToObserve.contains($0.number) && known.isVoter($0.id)
            }
        )
        guard !members.membership.orders.isEmpty else { return }
        world.schedule(.orders, after: world.random(20_000...400_000))
    }

    /// The order after the next look; nil when it is carried out.
    private func pursued(_ order: KnownMembership.Order) -> KnownMembership.Order? {
        guard let membership = members.membership.current, world.now >= order.start else {
            return order
        }
        let member = members[order.member]
        switch order.aim {
        case .admit(let kind):
            if hasArrived(member, as: kind, in: membership) { return nil }
            // An order that was given before came late and let it in to vote: that is left as it is.
            if members.membership.mayVote(order.member),
                hasArrived(member, as: .voter, in: membership)
            {
                return nil
            }
            give(.add(place(of: member), as: kind), of: order)
        case .remove:
            guard let id = member.id, members.membership.belongs(id) else {
                removed(member)
                return nil
            }
            give(.remove(id.rawValue), of: order)
        case .assign(let kind):
            guard let id = member.id, members.membership.belongs(id) else { return nil }
            let list = kind == .voter ? membership.voters : membership.observers
            if list.contains(id), !membership.isJoint {
                world.count(kind == .voter ? .promotion : .demotion)
                return nil
            }
            give(.assign(id.rawValue, as: kind), of: order)
        case .replace(let number):
            let old = members[number]
            guard let id = old.id else { return order }
            if !members.membership.belongs(id) {
                guard hasArrived(member, as: .voter, in: membership) else { break }
                world.count(.replacement)
                removed(old)
                return nil
            }
            if let newcomer = member.id, membership.voters.contains(newcomer) {
                // It came by an order that was given before, and arrived late.
                give(.remove(id.rawValue))
            } else {
                give(.replace(id.rawValue, by: place(of: member)), of: order)
            }
        case .readmit(let former):
            if !members.membership.belongs(former), hasArrived(member, as: .voter, in: membership) {
                world.count(.readmission)
                return nil
            }
            give(.replace(former.rawValue, by: place(of: member)))
        case .move(let address):
            guard let id = member.id, let known = membership.member(id) else { return nil }
            if known.peerAddress == address.text {
                guard member.address == address, !membership.isJoint else { break }
                world.count(.move)
                world.tell(of: member, "is known at its new address")
                return nil
            }
            give(.move(id.rawValue, to: address.text))
        }
        return noted(order, member: member, in: membership)
    }

    /// The order, with the newcomer seen to be a learner where it is one.
    private func noted(
        _ order: KnownMembership.Order,
        member: SimulatedMember,
        in membership: Membership
    ) -> KnownMembership.Order {
        guard !order.isLearning, let id = member.id, membership.learners.contains(id) else {
            return order
        }
        world.count(.learner)
        var order = order
        order.isLearning = true
        return order
    }

    private func hasArrived(
        _ member: SimulatedMember,
        as kind: MemberOrder.Kind,
        in membership: Membership
    ) -> Bool {
        let list = kind == .voter ? membership.voters : membership.observers
        guard let id = member.id, list.contains(id), !membership.isJoint else { return false }
        world.count(kind == .voter ? .promotion : .observer)
        world.tell(of: member, kind == .voter ? "votes" : "observes")
        member.standing = .member
        member.former = nil
        return true
    }

    private func place(of member: SimulatedMember) -> MemberOrder.Place {
        MemberOrder.Place(name: member.name, peerAddress: member.address.text)
    }

    /// Gives the order, unless whoever leads knows of it.
    private func give(_ aim: MemberOrder.Aim, of order: KnownMembership.Order? = nil) {
        let orders = members.leader?.replica?.keyspace.memberOrders ?? []
        guard !orders.contains(where: { $0.aim == aim }) else { return }
        // Sent before it mattered who asks: another key from then on, and carried out already.
        if members.areCallersKnown, let stamp = order?.stamp, hasAnswer(for: stamp) { return }
        send(Request(.orderMembers(.begin(aim)), idempotency: order?.stamp))
    }

    /// Sends a request through any member; it may be lost with it.
    func send(_ request: Request) {
        let member = members.random()
        guard member.state == .running else { return }
        let write = EncodedWrite(members.asked(request))
        members.deliver(.propose(member.tickets.make(), write), to: member)
    }

    func removed(_ member: SimulatedMember) {
        world.count(.removal)
        world.tell(of: member, "is removed")
        member.standing = .removed
        world.schedule(.eviction(member.number), after: world.random(5_000_000...30_000_000))
    }
}
