internal import Bytes

/// What a follower knows; kept while a campaign runs, idle while leading.
struct FollowerState: Sendable {
    /// The leader of the current term, once heard.
    var leader: MemberID?
    /// The last valid message of a leader. Votes are refused for an election timeout after it.
    var heardAt: MonotonicTime?
    /// What that leader has said of its log since it was first heard.
    var contact: Raft.LeaderContact?
    /// Through here the log is known to equal the leader's; committed entries always are.
    var verified: LogIndex
    var answer = OwedAnswer.none
    /// The `match` that the leader was told last.
    var toldMatch = LogIndex.zero
    var electionDeadline: MonotonicTime
    var fast: FastElection?
    /// The end of the snapshot that is being received.
    var receiving: SnapshotOffset?
    /// A snapshot was received whole and is being installed: the log stands still.
    var installing: EntryID?

    init(verified: LogIndex, electionDeadline: MonotonicTime) {
        self.verified = verified
        self.electionDeadline = electionDeadline
    }

    /// Whether an acknowledgement is due at the end of the turn.
    enum OwedAnswer: Hashable, Sendable { case none, owed }
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

/// A campaign, for pre-votes or for votes, as bits at the members' positions.
struct Campaign: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case preVote, election }

    let kind: Kind
    var granted: UInt64 = 0
    var refused: UInt64 = 0

    init(kind: Kind) { self.kind = kind }
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
