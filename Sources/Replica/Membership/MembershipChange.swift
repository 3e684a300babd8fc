package import Consensus

/// One step of the cluster's membership (dissertation, chapter 4).
package enum MembershipChange: Hashable, Sendable {
    /// A newcomer, known by the incarnation that it drew at its first start: it receives the log
    /// and decides nothing yet.
    ///
    /// - Parameter beside: a member that it is to replace, whose name or address it may have.
    case addLearner(Member, beside: MemberID?)
    /// A newcomer that receives the log and never votes.
    case addObserver(Member)
    /// A learner that has the log votes from now on.
    case promote(MemberID)
    /// A voter, or a learner on its way to become one, only observes from now on.
    case demote(MemberID)
    /// A learner takes a member's place: its vote, if that one had one.
    case replace(MemberID, by: MemberID)
    /// The others reach the member at another address.
    case move(MemberID, to: [UInt8])
    /// A member goes; its directory never comes back as the same incarnation.
    case remove(MemberID)

    /// The membership that this step leads to; joint when the voters change.
    ///
    /// - Throws: when the step is impossible from there.
    func next(after membership: Membership) throws(MembershipFault) -> Membership {
        var draft = MembershipDraft(membership)
        switch self {
        case .addLearner(let member, let replaced): try draft.add(member, beside: replaced)
        case .addObserver(let member):
            try draft.add(member, beside: nil)
            draft.observers.append(member.id)
        case .promote(let id):
            guard draft.learners.contains(id) else { throw .unknownMember(id) }
            draft.leave(id)
            draft.voters.append(id)
        case .demote(let id):
            guard membership.member(id) != nil else { throw .unknownMember(id) }
            draft.leave(id)
            draft.learners.append(id)
            draft.observers.append(id)
        case .replace(let old, let newcomer):
            guard membership.member(old) != nil else { throw .unknownMember(old) }
            guard draft.learners.contains(newcomer), old != newcomer else {
                throw .unknownMember(newcomer)
            }
            draft.replace(old, by: newcomer)
        case .move(let id, let address): try draft.move(id, to: address)
        case .remove(let id):
            guard membership.member(id) != nil else { throw .unknownMember(id) }
            draft.leave(id)
            draft.members.removeAll { $0.id == id }
        }
        return try draft.following(membership)
    }
}

/// The roles of a membership while a step is taken from it.
private struct MembershipDraft {
    var members: [Member]
    var voters: [MemberID]
    var learners: [MemberID]
    var observers: [MemberID]

    init(_ membership: Membership) {
        members = membership.members
        voters = membership.voters
        learners = membership.learners
        observers = membership.observers
    }

    mutating func add(_ member: Member, beside replaced: MemberID?) throws(MembershipFault) {
        let isKnown = members.contains {
            $0.id == member.id
                || $0.id != replaced
                    && ($0.name == member.name || $0.peerAddress == member.peerAddress)
        }
        guard !isKnown else { throw .duplicate(member.id) }
        members.append(member)
        learners.append(member.id)
    }

    /// The member has no role any more.
    mutating func leave(_ id: MemberID) {
        voters.removeAll { $0 == id }
        learners.removeAll { $0 == id }
        observers.removeAll { $0 == id }
    }

    mutating func replace(_ old: MemberID, by newcomer: MemberID) {
        let (votes, observes) = (voters.contains(old), observers.contains(old))
        leave(old)
        members.removeAll { $0.id == old }
        if votes {
            leave(newcomer)
            voters.append(newcomer)
        } else if observes {
            observers.append(newcomer)
        }
    }

    mutating func move(_ id: MemberID, to address: [UInt8]) throws(MembershipFault) {
        guard let place = members.firstIndex(where: { $0.id == id }) else {
            throw .unknownMember(id)
        }
        guard !members.contains(where: { $0.peerAddress == address }) else { throw .duplicate(id) }
        members[place] = Member(id: id, name: members[place].name, peerAddress: address)
    }

    func following(_ membership: Membership) throws(MembershipFault) -> Membership {
        try membership.changing(
            members: members,
            voters: voters,
            learners: learners,
            observers: observers
        )
    }
}
