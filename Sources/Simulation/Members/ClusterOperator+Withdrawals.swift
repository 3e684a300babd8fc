internal import Consensus
internal import Keyspace
internal import Replica

/// Orders that the operator takes back: one whose newcomer has called can't be.
extension ClusterOperator {
    /// The operator wants an arrival no more that was ordered.
    func callOff() {
        let places = members.membership.orders.indices.filter { place in
            let order = members.membership.orders[place]
            return !order.isCalledOff && isAnswered(order)
        }
        guard !places.isEmpty else { return }
        let place = places.pick(&world.chance)
        members.membership.orders[place].isCalledOff = true
        world.tell(of: members[members.membership.orders[place].member], "is called off")
    }

    /// Whether whoever leads knows of the attempt: it was taken, or refused, and is never again.
    ///
    /// An idempotency key is another one once it matters who asks.
    private func isAnswered(_ order: KnownMembership.Order) -> Bool {
        guard let stamp = order.stamp else { return false }
        return hasAnswer(for: stamp) || hasAnswer(for: Principals.asked(byCrowd: stamp))
    }

    /// Whether whoever leads has one.
    func hasAnswer(for stamp: IdempotencyStamp) -> Bool {
        members.leader?.replica?.keyspace.hasAnswer(for: stamp) ?? false
    }

    /// What stands where the member is awaited, as whoever leads has it.
    private func standing(for member: SimulatedMember) -> MemberOrder? {
        members.leader?.replica?.keyspace.memberOrders.first { $0.place?.name == member.name }
    }

    private func isLetIn(_ member: SimulatedMember) -> Bool {
        member.id.map { members.leader?.replica?.membership?.member($0) != nil } ?? false
    }

    /// The order under a new attempt where the last one was closed without letting anybody in.
    func renewed(_ order: KnownMembership.Order) -> KnownMembership.Order {
        let member = members[order.member]
        guard isAnswered(order), standing(for: member) == nil, !isLetIn(member) else {
            return order
        }
        var order = order
        order.attempt = members.membership.makeAttempt()
        return order
    }

    /// An order that was called off, after the next look; nil when it is withdrawn.
    func withdrawn(_ order: KnownMembership.Order) -> KnownMembership.Order? {
        guard isAnswered(order) else { return order }
        let member = members[order.member]
        var upheld = order
        upheld.isCalledOff = false
        guard let standing = standing(for: member) else {
            // Without an order nobody is let in; whoever is was faster.
            guard !isLetIn(member) else { return upheld }
            withdrawn(member, insteadOf: order)
            return nil
        }
        if standing.newcomer != nil, world.pick(4) == 0 {
            world.count(.withdrawalRefused)
            return upheld
        }
        send(Request(.orderMembers(.withdraw(order: standing.number))))
        return order
    }

    /// Nobody will let the machine in; it goes after a while.
    private func withdrawn(_ member: SimulatedMember, insteadOf order: KnownMembership.Order) {
        world.count(.withdrawal)
        world.tell(of: member, "is awaited no more")
        if case .replace(let number) = order.aim { members[number].standing = .member }
        member.isCalledOff = true
        member.standing = .removed
        world.schedule(.eviction(member.number), after: world.random(5_000_000...30_000_000))
    }
}
