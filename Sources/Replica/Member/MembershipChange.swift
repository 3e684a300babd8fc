package import Consensus

/// One step of the cluster's membership, as an operator asks for it (dissertation, chapter 4).
package enum MembershipChange: Hashable, Sendable {
    /// A newcomer, known by the incarnation that it drew at its first start: it receives the log
    /// and decides nothing yet.
    case addLearner(Member)
    /// A learner that has the log votes from now on.
    case promote(MemberID)
    /// A member goes; its directory never comes back as the same incarnation.
    case remove(MemberID)

    /// The membership that this step leads to; joint when the voters change.
    ///
    /// - Throws: when the step is impossible from there.
    func next(after membership: Membership) throws(MembershipFault) -> Membership {
        switch self {
        case .addLearner(let member):
            let isKnown = membership.members.contains {
                $0.id == member.id || $0.name == member.name
                    || $0.peerAddress == member.peerAddress
            }
            guard !isKnown else { throw .duplicate(member.id) }
            return try membership.changing(
                members: membership.members + [member],
                voters: membership.voters,
                learners: membership.learners + [member.id]
            )
        case .promote(let id):
            guard membership.learners.contains(id) else { throw .unknownMember(id) }
            return try membership.changing(
                members: membership.members,
                voters: membership.voters + [id],
                learners: membership.learners.filter { $0 != id }
            )
        case .remove(let id):
            guard membership.member(id) != nil else { throw .unknownMember(id) }
            return try membership.changing(
                members: membership.members.filter { $0.id != id },
                voters: membership.voters.filter { $0 != id },
                learners: membership.learners.filter { $0 != id }
            )
        }
    }
}
