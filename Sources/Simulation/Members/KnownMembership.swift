internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// What is known of a cluster's membership, and which changes of it the operator has begun.
struct KnownMembership: Sendable {
    /// A change of the membership that was begun.
    struct Order: Sendable {
        enum Aim: Hashable, Sendable {
            /// A newcomer comes to vote, or to observe.
            case admit(MemberOrder.Kind)
            case remove
            /// A voter observes, or an observer votes.
            case assign(MemberOrder.Kind)
            /// A newcomer takes that member's place.
            case replace(Int)
            /// The machine of a member that lost its directory takes that one's place.
            case readmit(MemberID)
            /// The machine goes to another address, and the others are to reach it there.
            case move(to: PeerAddress)
        }

        let aim: Aim
        let member: Int
        /// From when on the order is given.
        var start = World.beginning
        /// Whether the newcomer was seen to be a learner.
        var isLearning = false
        /// Under which number it is given, once however often it is sent; nil where each sending
        /// counts.
        var attempt: UInt64?
        /// Whether the operator wants it no more.
        var isCalledOff = false

        /// What makes all sendings of the attempt one.
        var stamp: IdempotencyStamp? {
            attempt.map {
                let key = Array("order-\($0)".utf8)
                let rest = IdempotencyStamp.fingerprintByteCount - key.count
                return IdempotencyStamp(
                    key: key,
                    fingerprint: key + [UInt8](repeating: 0, count: rest)
                )
            }
        }

        /// How many voters fewer there are in the end.
        var voterLoss: Int { aim == .remove || aim == .assign(.observer) ? 1 : 0 }
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
        (current?.voters.count ?? 0) - orders.reduce(0) { $0 + $1.voterLoss }
    }

    /// The fewest voters that any order so far can have left.
    private(set) var voterCountFloor: Int?

    /// Members that were to observe at any time: the order was given more than once, and one that
    /// was held up may come when the member votes again.
    private(set) var onceToObserve: Set<Int> = []

    /// Numbers under which a machine was to vote at any time: the order may come late, and let
    /// another machine of that name in.
    private var onceToVote: Set<Int> = []

    /// Machines that were to come by an order of which each sending counted: one may come late.
    private var onceLoose: Set<Int> = []

    /// The last attempt.
    private var attempt: UInt64 = 0

    /// An attempt that there was not before.
    mutating func makeAttempt() -> UInt64 {
        attempt += 1
        return attempt
    }

    /// Whether an order about that machine can be given so that it counts once.
    func mayCountOnce(_ member: Int) -> Bool { !onceLoose.contains(member) }

    /// The operator begins a change.
    mutating func begin(_ order: Order) {
        switch order.aim {
        case .admit(.voter), .assign(.voter), .replace, .readmit: onceToVote.insert(order.member)
        case .admit(.observer), .assign(.observer), .remove, .move: break
        }
        switch order.aim {
        case .admit, .replace, .readmit:
            if order.attempt == nil { onceLoose.insert(order.member) }
        case .remove, .assign, .move: break
        }
        if order.aim == .assign(.observer) { onceToObserve.insert(order.member) }
        voterCountFloor = min(voterCountFloor ?? .max, voterCountMin) - order.voterLoss
        orders.append(order)
    }

    /// Nothing is under way: what there is now must not become fewer by itself.
    ///
    /// - Parameter doubtful: how many of the voters were to observe once.
    mutating func noteRest(doubtful: Int) {
        if orders.isEmpty, let current { voterCountFloor = current.voters.count - doubtful }
    }

    /// Whether as many newcomers are on their way as there may be at once.
    var isAwaiting: Bool {
        let count = orders.count {
            switch $0.aim {
            case .admit, .replace, .readmit: true
            case .remove, .assign, .move: false
            }
        }
        return count >= 2
    }

    /// Whether a member that votes is on its way out, or to observe.
    var isLosing: Bool { orders.contains { $0.voterLoss > 0 } }

    /// Whether the member may be where the others do not look for it.
    func isMoving(_ member: Int) -> Bool { destination(of: member) != nil }

    /// Where the member is to go, or went; nil where nobody moves it.
    func destination(of member: Int) -> PeerAddress? {
        for order in orders where order.member == member {
            if case .move(let address) = order.aim { return address }
        }
        return nil
    }

    /// Whether a member is known by that address, or is to be.
    func isNamed(_ address: PeerAddress) -> Bool {
        orders.contains { $0.aim == .move(to: address) }
            || current?.members.contains { $0.peerAddress == address.text } ?? false
    }

    /// Whether a machine of that number was to vote at any time, so that the one there is now may.
    func mayVote(_ member: Int) -> Bool { onceToVote.contains(member) }

    /// The newcomers that never vote.
    func observes(_ member: Int) -> Bool {
        !mayVote(member)
            && orders.contains { $0.member == member && $0.aim == .admit(.observer) }
    }
}
