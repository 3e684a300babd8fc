internal import Bytes
internal import Consensus
internal import Keyspace

// Orders about members lie in the replicated state; whoever leads carries them out, one step of the
// membership after another, and goes on where the leader before stopped.

extension FormedMember {
    /// A newcomer that is silent for so long may be taken for lost, in milliseconds.
    private static let silenceMilliseconds: UInt64 = 10_000
    /// Whoever is to decide must have been heard within this, in milliseconds: three pings.
    private static let voterSilenceMilliseconds: UInt64 = 1_500

    /// Takes the next step of the first order that has one. An order whose newcomer has not come,
    /// or lags, holds up no other.
    mutating func pursueOrders(in context: inout TurnContext) {
        if ordersSeen.areNone, ordersSeen.index == machine.applied.index { return }
        let orders = machine.keyspace.memberOrders
        ordersSeen = (orders.isEmpty, machine.applied.index)
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
            case .done:
                propose(.close(order: order.number), in: &context)
                return
            case .impossible(let fault): return drop(order, fault: fault, in: &context)
            case .due(let change):
                do throws(MembershipFault) {
                    let next = try change.next(after: membership)
                    guard mayFollow(next, change: change, in: &context) else { continue }
                    propose(Proposal(kind: .membership, payload: next.encoded), now: context.now)
                    return
                } catch { return drop(order, fault: error, in: &context) }
            }
        }
    }

    private mutating func drop(
        _ order: MemberOrder,
        fault: MembershipFault,
        in context: inout TurnContext
    ) {
        guard propose(.close(order: order.number), in: &context) else { return }
        context.effects.notices.append(.orderDropped(order, fault))
    }

    /// Whether enough of those that would have to decide are heard. A joint membership that too few
    /// can commit could never be left, and no order could undo it; nor could a voter be looked for
    /// elsewhere again, once the others can't decide without it.
    private mutating func mayFollow(
        _ next: Membership,
        change: MembershipChange,
        in context: inout TurnContext
    ) -> Bool {
        let now = raft.membership
        if case .move(let id, _) = change, now.isVoter(id), now.voters.count > 1 {
            return isMajorityHeard(of: now.voters, without: id, in: &context)
        }
        guard next.voters != now.voters else { return true }
        return isMajorityHeard(of: now.voters, without: nil, in: &context)
            && isMajorityHeard(of: next.voters, without: nil, in: &context)
    }

    private mutating func isMajorityHeard(
        of voters: [MemberID],
        without absent: MemberID?,
        in context: inout TurnContext
    ) -> Bool {
        var count = 0
        for voter in voters where voter != absent {
            let isHeard =
                context.links.isOpen(to: voter)
                && context.links.wasHeard(
                    voter,
                    withinMilliseconds: Self.voterSilenceMilliseconds,
                    of: context.now
                )
            if voter == id || isHeard { count += 1 }
        }
        return count * 2 > voters.count
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
        // Of two machines of one name the one that lives where the order says is meant.
        let isMeant =
            newcomer.address.map { $0.text } == order.place?.peerAddress
            && links.shownAddress(of: earlier).map { $0.text } != order.place?.peerAddress
        return isHeard && !isMeant || raft.membership.isVoter(earlier) ? nil : order
    }

    private var isOrderStepUnderWay: Bool {
        mutating get {
            orderStep.map { $0.term == raft.term && $0.index > machine.applied.index } ?? false
        }
    }

    @discardableResult
    private mutating func propose(_ step: MemberOrderStep, in context: inout TurnContext) -> Bool {
        propose(ownProposal(.orderMembers(step)), now: context.now)
    }

    /// Refused while leadership is handed over: whoever leads next goes on.
    ///
    /// - Returns: whether it is in the log.
    @discardableResult
    private mutating func propose(_ proposal: Proposal, now: MonotonicTime) -> Bool {
        guard let proposed = try? raft.propose([proposal], now: now) else { return false }
        orderStep = EntryID(term: proposed.term, index: proposed.indexes.lowerBound)
        return true
    }
}
