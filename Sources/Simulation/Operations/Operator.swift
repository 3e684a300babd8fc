internal import Bytes
internal import Consensus

/// What the operator of a run's cluster is about, and what is known about the membership.
struct Operator: Sendable {
    /// What an operator does to a cluster that is in use.
    enum OperatorAction: Sendable {
        case transferLeadership
        case welcome
        case dismiss
    }

    /// A change of the membership that was begun.
    struct Order: Sendable {
        enum Aim: Sendable {
            case welcome
            case dismiss
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
    /// Who was asked last to take over.
    var heir: MemberID?

    var membership: Membership? { known?.membership }

    /// A member has committed a membership.
    mutating func learn(_ membership: Membership, at index: LogIndex) {
        guard known.map({ $0.index < index }) ?? true else { return }
        known = (index, membership)
    }

    func isVoter(_ id: MemberID?) -> Bool {
        guard let id, let membership else { return false }
        return membership.isVoter(id)
    }

    func belongs(_ id: MemberID?) -> Bool {
        guard let id, let membership else { return false }
        return membership.member(id) != nil
    }

    /// Of the voters, as many as are left when everything begun has come to its end.
    var voterCountMin: Int {
        (membership?.voters.count ?? 0) - orders.count { $0.aim == .dismiss }
    }

    func isBusy(with aim: Order.Aim) -> Bool { orders.contains { $0.aim == aim } }
}

/// What a member is to its cluster, as the operator sees it.
enum Standing: UInt8, Hashable, Sendable {
    /// There is no machine.
    case vacant = 0
    /// It began with an empty directory, and is being let in.
    case newcomer = 1
    case member = 2
    /// Its removal was asked for.
    case leaving = 3
    /// Its removal is committed.
    case removed = 4
    /// It runs on a copy of a member's directory, and nobody knows of it.
    case copy = 5
}
