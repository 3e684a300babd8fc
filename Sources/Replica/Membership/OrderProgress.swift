internal import Bytes
internal import Consensus
internal import Keyspace

/// How far an order about members is, and what comes next.
enum OrderProgress: Hashable, Sendable {
    /// The newcomer has not called yet.
    case awaiting
    /// The newcomer receives the log.
    case catchingUp
    case due(MembershipChange)
    case done
    /// What it asked for can't be done any more.
    case impossible(MembershipFault)

    /// How far `order` is in a membership that is not joint.
    ///
    /// - Parameter isCaughtUp: whether a learner has enough of the log to vote.
    /// - Complexity: O(*n*) in the members.
    init(
        of order: MemberOrder,
        in membership: Membership,
        isCaughtUp: (MemberID) -> Bool
    ) {
        let newcomer = order.newcomer.map { MemberID(rawValue: $0) }
        switch order.aim {
        case .add(let place, let kind):
            guard let newcomer else {
                self = .awaiting(place, beside: nil, in: membership)
                return
            }
            self = .adding(newcomer, at: place, as: kind, in: membership, isCaughtUp: isCaughtUp)
        case .remove(let id):
            let id = MemberID(rawValue: id)
            self =
                membership.voters == [id] && !membership.isJoint
                ? .impossible(.noVoters)
                : membership.member(id) == nil ? .done : .due(.remove(id))
        case .move(let id, let address):
            let id = MemberID(rawValue: id)
            guard let member = membership.member(id) else {
                self = .impossible(.unknownMember(id))
                return
            }
            self = member.peerAddress == address ? .done : .due(.move(id, to: address))
        case .assign(let id, let kind):
            self = .assigning(
                MemberID(rawValue: id),
                as: kind,
                in: membership,
                isCaughtUp: isCaughtUp
            )
        case .replace(let old, let place):
            guard let newcomer else {
                self = .awaiting(place, beside: MemberID(rawValue: old), in: membership)
                return
            }
            self = .replacing(
                MemberID(rawValue: old),
                by: newcomer,
                at: place,
                in: membership,
                isCaughtUp: isCaughtUp
            )
        }
    }

    /// Nobody has called yet. Whoever is there under that name or address did not come by this order,
    /// which was given twice, or too late: it would await somebody for ever.
    private static func awaiting(
        _ place: MemberOrder.Place,
        beside replaced: MemberID?,
        in membership: Membership
    ) -> Self {
        if let replaced, membership.member(replaced) == nil {
            return .impossible(.unknownMember(replaced))
        }
        let other = membership.members.first {
            $0.id != replaced
                && ($0.name == place.name || $0.peerAddress == place.peerAddress)
        }
        return other.map { .impossible(.duplicate($0.id)) } ?? .awaiting
    }

    private static func adding(
        _ newcomer: MemberID,
        at place: MemberOrder.Place,
        as kind: MemberOrder.Kind,
        in membership: Membership,
        isCaughtUp: (MemberID) -> Bool
    ) -> Self {
        if membership.voters.contains(newcomer) { return .done }
        if membership.learners.contains(newcomer) {
            if kind == .observer, !planted(.observerPromoted) {
                return membership.observers.contains(newcomer) ? .done : .due(.demote(newcomer))
            }
            return isCaughtUp(newcomer) ? .due(.promote(newcomer)) : .catchingUp
        }
        if let lost = membership.lost(at: place, except: nil) { return .due(.remove(lost)) }
        let member = Member(id: newcomer, name: place.name, peerAddress: place.peerAddress)
        return .due(kind == .observer ? .addObserver(member) : .addLearner(member, beside: nil))
    }

    private static func assigning(
        _ id: MemberID,
        as kind: MemberOrder.Kind,
        in membership: Membership,
        isCaughtUp: (MemberID) -> Bool
    ) -> Self {
        guard membership.member(id) != nil else { return .impossible(.unknownMember(id)) }
        switch kind {
        case .voter:
            if membership.voters.contains(id) { return .done }
            return isCaughtUp(id) ? .due(.promote(id)) : .catchingUp
        case .observer:
            if membership.observers.contains(id) { return .done }
            return membership.voters == [id] ? .impossible(.noVoters) : .due(.demote(id))
        }
    }

    private static func replacing(
        _ old: MemberID,
        by newcomer: MemberID,
        at place: MemberOrder.Place,
        in membership: Membership,
        isCaughtUp: (MemberID) -> Bool
    ) -> Self {
        let isHere = membership.member(newcomer) != nil
        guard membership.member(old) != nil else {
            // Somebody removed it meanwhile: the newcomer is to vote in its stead.
            if membership.observers.contains(newcomer) { return .done }
            return isHere
                ? .adding(
                    newcomer,
                    at: place,
                    as: .voter,
                    in: membership,
                    isCaughtUp: isCaughtUp
                ) : .impossible(.unknownMember(old))
        }
        if isHere {
            guard membership.learners.contains(newcomer) else { return .due(.remove(old)) }
            if planted(.replacedTooSoon), membership.voters != [old] { return .due(.remove(old)) }
            return isCaughtUp(newcomer) ? .due(.replace(old, by: newcomer)) : .catchingUp
        }
        if let lost = membership.lost(at: place, except: old) { return .due(.remove(lost)) }
        let member = Member(id: newcomer, name: place.name, peerAddress: place.peerAddress)
        return .due(.addLearner(member, beside: old))
    }
}

extension Membership {
    /// A learner of that name and address: an earlier incarnation of a newcomer that lost its
    /// directory before it could vote.
    fileprivate func lost(at place: MemberOrder.Place, except kept: MemberID?) -> MemberID? {
        members.first {
            $0.id != kept && $0.name == place.name && $0.peerAddress == place.peerAddress
                && learners.contains($0.id) && !observers.contains($0.id)
        }?.id
    }
}
