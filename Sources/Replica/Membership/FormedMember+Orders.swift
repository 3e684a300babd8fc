internal import Bytes
internal import Consensus
internal import Keyspace

// Orders about members lie in the replicated state; whoever leads carries them out, one step of the
// membership after another, and goes on where the leader before stopped.

extension FormedMember {
    /// A newcomer that is silent for so long may be taken for lost, in milliseconds.
    private static let silenceMilliseconds: UInt64 = 2_000

    /// Takes the next step of the first order that has one. An order whose newcomer has not come,
    /// or lags, holds up no other.
    mutating func pursueOrders(in context: inout TurnContext) {
        let orders = machine.keyspace.memberOrders
        guard !orders.isEmpty, isServing, !raft.membership.isJoint,
            raft.membershipIndex <= machine.applied.index, !isOrderStepUnderWay
        else { return }
        let membership = raft.membership
        var caughtUp: [MemberID] = []
        for learner in membership.learners where isCaughtUp(learner, over: context.links) {
            caughtUp.append(learner)
        }
        for order in orders {
            switch OrderProgress(of: order, in: membership, isCaughtUp: { caughtUp.contains($0) }) {
            case .awaiting, .catchingUp: continue
            case .done: return propose(.close(order: order.number), in: &context)
            case .impossible(let fault):
                context.effects.notices.append(.orderDropped(order, fault))
                return propose(.close(order: order.number), in: &context)
            case .due(let change):
                do throws(MembershipFault) {
                    return propose(try change.next(after: membership), now: context.now)
                } catch {
                    context.effects.notices.append(.orderDropped(order, error))
                    return propose(.close(order: order.number), in: &context)
                }
            }
        }
    }

    /// A member without a cluster asked this one, or a follower passed it on: notes it for the
    /// order that awaits one of this name.
    mutating func meet(_ newcomer: Newcomer, in context: inout TurnContext) {
        guard let order = order(awaiting: newcomer, &context.links, now: context.now) else {
            return
        }
        if isLeading {
            guard isServing, !isOrderStepUnderWay else { return }
            propose(
                .meet(order: order.number, member: newcomer.id.rawValue),
                in: &context
            )
        } else if let leader = raft.leader {
            context.links.send(.newcomer(newcomer), to: leader)
        }
    }

    /// The order that has to take note of the newcomer. One that has met another keeps to it, as
    /// long as that one votes or is heard.
    private mutating func order(
        awaiting newcomer: Newcomer,
        _ links: inout Links,
        now: MonotonicTime
    ) -> MemberOrder? {
        guard
            let order = machine.keyspace.memberOrders.first(where: {
                planted(.newcomerUnderAnyName)
                    ? $0.place != nil : $0.place?.name == newcomer.name
            }), order.newcomer != newcomer.id.rawValue
        else { return nil }
        guard let earlier = order.newcomer.map({ MemberID(rawValue: $0) }) else { return order }
        let isHeard = links.wasHeard(
            earlier,
            withinMilliseconds: Self.silenceMilliseconds,
            of: now
        )
        return isHeard || raft.membership.isVoter(earlier) ? nil : order
    }

    private var isOrderStepUnderWay: Bool {
        mutating get {
            orderStep.map { $0.term == raft.term && $0.index > machine.applied.index } ?? false
        }
    }

    private mutating func propose(_ step: MemberOrderStep, in context: inout TurnContext) {
        var payload: [UInt8] = []
        Request(.orderMembers(step)).encode(into: &payload)
        propose(Proposal(kind: .command, payload: payload), now: context.now)
    }

    private mutating func propose(_ next: Membership, now: MonotonicTime) {
        propose(Proposal(kind: .membership, payload: next.encoded), now: now)
    }

    /// Refused while leadership is handed over: whoever leads next goes on.
    private mutating func propose(_ proposal: Proposal, now: MonotonicTime) {
        guard let proposed = try? raft.propose([proposal], now: now) else { return }
        orderStep = EntryID(term: proposed.term, index: proposed.indexes.lowerBound)
    }
}
