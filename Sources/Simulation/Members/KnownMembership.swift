internal import Bytes
internal import Consensus

/// What is known of a cluster's membership, and which changes of it the operator has begun.
struct KnownMembership: Sendable {
    /// A change of the membership that was begun.
    struct Order: Sendable {
        enum Aim: Sendable {
            case admit
            case remove
        }

        let aim: Aim
        let member: Int
        /// Whether the newcomer was seen to be a learner.
        var isLearning = false
    }

    /// The cluster never has fewer voters than this, unless it was founded so.
    static let voterCountMin = 3
    static let voterCountMax = 7
    /// Machines there is room for: as many as the network knows ways between.
    static let memberCountMax = 8

    /// The latest membership that is known to be committed, and its index; nil before the founding.
    private(set) var known: (index: LogIndex, membership: Membership)?
    var orders: [Order] = []
    /// Who was asked last to take over the leadership.
    var transferTarget: MemberID?

    /// The membership itself.
    var current: Membership? { known?.membership }

    /// A member has committed a membership.
    mutating func learn(_ membership: Membership, at index: LogIndex) {
        guard known.map({ $0.index < index }) ?? true else { return }
        known = (index, membership)
    }

    func isVoter(_ id: MemberID?) -> Bool {
        guard let id, let membership = current else { return false }
        return membership.isVoter(id)
    }

    func belongs(_ id: MemberID?) -> Bool {
        guard let id, let membership = current else { return false }
        return membership.member(id) != nil
    }

    /// How many voters are left when everything that was begun has come to its end.
    var voterCountMin: Int {
        (current?.voters.count ?? 0) - orders.count { $0.aim == .remove }
    }

    func isBusy(with aim: Order.Aim) -> Bool { orders.contains { $0.aim == aim } }
}
