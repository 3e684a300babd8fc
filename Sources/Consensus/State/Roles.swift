internal import Bytes

/// What a member is, with the state that it has only as such. None of it refers to memory of its
/// own: to take it out and put it back copies a few words.
enum RoleState: Sendable {
    case follower(FollowerState)
    /// Asks for pre-votes or for votes; no leader of the term is known.
    case candidate(Campaign)
    case leader(Leadership)

    /// Changes a follower's state; does nothing to another role.
    mutating func updateFollower(_ change: (inout FollowerState) -> Void) {
        guard case .follower(var state) = self else { return }
        change(&state)
        self = .follower(state)
    }

    /// Changes a candidate's campaign; does nothing to another role.
    mutating func updateCandidate(_ change: (inout Campaign) -> Void) {
        guard case .candidate(var campaign) = self else { return }
        change(&campaign)
        self = .candidate(campaign)
    }

    /// Changes a leader's state; does nothing to another role.
    mutating func updateLeader(_ change: (inout Leadership) -> Void) {
        guard case .leader(var leadership) = self else { return }
        change(&leadership)
        self = .leader(leadership)
    }
}

extension Raft {
    /// A follower's state; nil in another role.
    var following: FollowerState? {
        if case .follower(let state) = roleState { state } else { nil }
    }

    /// A candidate's campaign; nil in another role.
    var campaign: Campaign? {
        if case .candidate(let campaign) = roleState { campaign } else { nil }
    }

    /// A leader's state; nil in another role.
    var leadership: Leadership? {
        if case .leader(let leadership) = roleState { leadership } else { nil }
    }

    /// Whether this member leads its term.
    var isLeader: Bool {
        if case .leader = roleState { true } else { false }
    }

    /// The leader that this member follows; nil while it has heard none, and in another role.
    var followedLeader: MemberID? { following?.leader }
}

/// What a follower knows.
struct FollowerState: Sendable {
    /// The leader of the current term, once it was heard.
    var leader: MemberID?
    /// The last valid message of that leader. Votes are refused for an election timeout after it.
    var heardAt: MonotonicTime?
    /// What that leader has said of its log since it was first heard.
    var contact: Raft.LeaderContact?
    /// Through here the log is known to equal the leader's; committed entries always are.
    var verified: LogIndex
    var answer = OwedAnswer.none
    /// The `match` that the leader was told last.
    var toldMatch = LogIndex.zero

    /// A follower that has heard no leader: its log is right as far as it is committed.
    init(verified: LogIndex, answer: OwedAnswer = .none) {
        self.verified = verified
        self.answer = answer
    }
}

/// Whether an acknowledgement is due to the leader at the end of the turn, or to the next one that
/// is heard.
enum OwedAnswer: Hashable, Sendable { case none, owed }

/// When a member that does not lead campaigns. It stands still while the member leads.
struct ElectionTimer: Hashable, Sendable {
    var deadline: MonotonicTime
    var fast: FastElection?
}

/// A snapshot on its way from the leader into the draft on this disk.
enum IncomingSnapshot: Hashable, Sendable {
    case idle
    /// Received whole once the draft reaches this offset.
    case receiving(through: SnapshotOffset)
    /// It was received whole and is being installed: the log stands still.
    case installing(EntryID)

    /// Whether the log stands still.
    var isInstalling: Bool {
        if case .installing = self { true } else { false }
    }
}

/// A campaign on the news that the leader's process is gone, before any timeout.
struct FastElection: Hashable, Sendable {
    /// A better placed voter goes first by this much.
    static let rankStepMilliseconds: UInt64 = 25
    static let jitterMilliseconds: UInt64 = 5
    /// A refusal may only mean that the other has not noticed yet.
    static let retryCountMax = 3
    static let retryMilliseconds: ClosedRange<UInt64> = 25...50

    var retriesLeft = retryCountMax
    /// When to ask next; nil while answers are awaited.
    var deadline: MonotonicTime?
}

/// A campaign, for pre-votes or for votes.
struct Campaign: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case preVote, election }

    let kind: Kind
    var granted = MemberSet.empty
    var refused = MemberSet.empty
    /// Who granted a vote of the present term, in a campaign for pre-votes that comes after one for
    /// that term.
    var earlierVotes = MemberSet.empty
    /// Owed to the leader that ends this campaign: entries have become durable meanwhile.
    var answer = OwedAnswer.none

    init(kind: Kind) { self.kind = kind }

    /// Who granted this member a vote of the present term.
    var votesOfTerm: MemberSet { kind == .election ? granted : earlierVotes }

    /// Notes what a member said; a member that was removed counts for nothing.
    mutating func count(_ vote: Message.Vote, at position: Int?) {
        guard let position else { return }
        switch vote {
        case .granted: granted.insert(position)
        case .refused: refused.insert(position)
        }
    }
}

/// What only a leader has.
struct Leadership: Sendable {
    /// The first entry of its own term; nothing is read or reconfigured before it is committed.
    let firstIndex: LogIndex
    var clock: ClusterClock
    /// When the last entry was appended.
    var appendedAt: MonotonicTime
    var heartbeatDeadline: MonotonicTime
    /// When a majority must have been heard.
    var quorumDeadline: MonotonicTime
    /// The latest round of heartbeats sent.
    var round = ReadRound.zero
    var transfer: Transfer?
}

/// Leadership on its way to another member.
struct Transfer: Hashable, Sendable {
    enum Stage: Hashable, Sendable { case catchingUp, told }

    let target: MemberID
    let deadline: MonotonicTime
    var stage = Stage.catchingUp
}

/// Where a member stands that lost its log.
enum ReseedingProgress: Hashable, Sendable {
    case complete
    /// No leader was heard yet.
    case awaitingContact
    /// Full again once the durable log matches a leader's through here.
    case refilling(through: LogIndex)
}

/// Messages that were refused.
struct Refusals: Hashable, Sendable {
    private(set) var count: UInt64 = 0
    private(set) var last: MessageRefusal?

    mutating func add(_ refusal: MessageRefusal) {
        count += 1
        last = refusal
    }
}
