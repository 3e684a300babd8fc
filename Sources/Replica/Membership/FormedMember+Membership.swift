internal import Bytes
internal import Consensus

extension FormedMember {
    /// A learner that lags more entries than this may not vote yet: it would hold up every commit.
    private static let promotionLagMax: UInt64 = 1024

    /// Proposes a step of the membership. Answered once the entry that begins it is applied; a
    /// joint membership is left by itself.
    mutating func changeMembership(
        by change: MembershipChange,
        ticket: Ticket,
        in context: inout TurnContext
    ) {
        guard isServing, isLeading else {
            return context.effects.replies.append(.unproposed(ticket, .notApplied(.noLeader)))
        }
        do {
            if case .promote(let id) = change, !isCaughtUp(id, over: context.links) {
                return context.effects.replies.append(.unproposed(ticket, .notApplied(.membership)))
            }
            let next = try change.next(after: raft.membership)
            let proposal = Proposal(kind: .membership, payload: next.encoded)
            let proposed = try raft.propose([proposal], now: context.now)
            let id = EntryID(term: proposed.term, index: proposed.indexes.lowerBound)
            proposals.pending.expect(id, for: ticket)
        } catch { context.effects.replies.append(.unproposed(ticket, .notApplied(.membership))) }
    }

    /// Whether the learner answers and has nearly all of the log.
    mutating func isCaughtUp(_ learner: MemberID, over links: borrowing Links) -> Bool {
        let status = raft.status
        guard let match = status.peers.first(where: { $0.id == learner })?.match, match > .zero,
            links.isOpen(to: learner)
        else { return false }
        return status.last.index.rawValue - match.rawValue <= Self.promotionLagMax
    }

    /// Hands leadership to that voter, or else to the voter within reach that has most of the log;
    /// asks the leader to do so where another one leads.
    mutating func transferLeadership(to target: MemberID?, in context: inout TurnContext) {
        guard isLeading else {
            if let leader = raft.leader {
                context.links.send(.leadershipWanted(target), to: leader)
            }
            return
        }
        guard let target = target ?? successor(&context.links) else { return }
        raft.step(.transferLeadership(to: target), now: context.now)
    }
}
