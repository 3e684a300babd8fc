internal import Bytes

/// One protocol message on its way between two members (dissertation, figures 3.1, 4.1 and 5.3).
package struct Message: Hashable, Sendable {
    package let from: MemberID
    package let to: MemberID
    /// The sender's term when it was made.
    package let term: Term
    package let body: Body

    package init(from: MemberID, to: MemberID, term: Term, body: Body) {
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }

    /// The kinds of message.
    package enum Body: Hashable, Sendable {
        /// Would you vote for me in the term after mine? Changes nothing at the receiver (9.6).
        case preVote(lastEntry: EntryID)
        /// The answer to a `preVote` for `campaignTerm`.
        case preVoteAnswer(Vote, campaignTerm: Term)
        /// Vote for me in this message's term (3.4).
        case requestVote(lastEntry: EntryID, cause: CampaignCause)
        /// The answer to a `requestVote` of this message's term.
        case vote(Vote)
        /// Entries, or only the question whether the logs match (3.5).
        case appendEntries(AppendEntries)
        case appendEntriesResponse(AppendEntriesResponse)
        /// The leader lives; answered at once, so that it also carries a round of reads (6.4).
        case heartbeat(Heartbeat)
        case heartbeatResponse(ReadRound)
        /// The commit index rose and nothing else tells you; not answered.
        case commit(LogIndex)
        /// You speak of an older term than mine: step down.
        case termIsStale
        /// A part of a snapshot (5.1).
        case installSnapshot(SnapshotChunk)
        /// How far a snapshot was received; its end is an `appendEntriesResponse` instead.
        case installSnapshotResponse(SnapshotOffset)
        /// Campaign at once: leadership is handed to you (3.10).
        case timeoutNow
        /// A follower asks for an index that its reads may be served at (6.4).
        case readIndex(ReadRequest)
        case readIndexAnswer(ReadRequest, LogIndex)
    }

    /// A named outcome, so that a call site can't be misread.
    package enum Vote: UInt8, Hashable, Sendable {
        case refused = 0
        case granted = 1
    }

    /// Why a member campaigns: a transfer passes the refusal that protects a live leader.
    package enum CampaignCause: UInt8, Hashable, Sendable {
        case timeout = 0
        case transfer = 1
    }
}

/// AppendEntries (dissertation, figure 3.1).
package struct AppendEntries: Hashable, Sendable {
    /// The entry right before `entries`; the follower's log must hold it.
    package let previous: EntryID
    /// Contiguous from `previous.index + 1`; empty to probe.
    package let entries: [Entry]
    /// The leader's commit index.
    package let commitIndex: LogIndex
    /// The last index of the leader's log.
    package let lastIndex: LogIndex

    package init(
        previous: EntryID,
        entries: [Entry],
        commitIndex: LogIndex,
        lastIndex: LogIndex
    ) {
        self.previous = previous
        self.entries = entries
        self.commitIndex = commitIndex
        self.lastIndex = lastIndex
    }
}

/// What a follower says to an append.
package enum AppendEntriesResponse: Hashable, Sendable {
    /// The log matches the leader's through `verified` and is durable through `match`.
    case accepted(match: LogIndex, verified: LogIndex)
    /// The log does not hold `previous` of that index. `hint` is the follower's last entry that
    /// may match: the leader skips whole terms with it (3.5, end).
    case refused(previous: LogIndex, hint: EntryID)
}

/// A sign of life of a leader.
package struct Heartbeat: Hashable, Sendable {
    package let commitIndex: LogIndex
    package let lastIndex: LogIndex
    /// Echoed in the answer.
    package let round: ReadRound

    package init(commitIndex: LogIndex, lastIndex: LogIndex, round: ReadRound) {
        self.commitIndex = commitIndex
        self.lastIndex = lastIndex
        self.round = round
    }
}

/// Numbers a leader's rounds of heartbeats within its term. An answer to one confirms every read
/// that had arrived before that round was sent.
package struct ReadRound: OrderedInteger {
    /// Before the first round of a term.
    package static let zero = ReadRound(rawValue: 0)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Numbers a follower's questions for a read index; starts at a random point in each life of the
/// process, so that an answer to an earlier life answers nothing.
package struct ReadRequest: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A part of a snapshot file, which consensus carries and does not read.
package struct SnapshotChunk: Hashable, Sendable {
    /// The most bytes of one chunk.
    package static let byteCountMax = 1 << 20

    /// The last entry that the snapshot covers.
    package let snapshot: EntryID
    /// Where in the file `bytes` begin.
    package let offset: UInt64
    package let bytes: [UInt8]
    /// The length of the whole file.
    package let totalByteCount: UInt64

    package init(snapshot: EntryID, offset: UInt64, bytes: [UInt8], totalByteCount: UInt64) {
        self.snapshot = snapshot
        self.offset = offset
        self.bytes = bytes
        self.totalByteCount = totalByteCount
    }

    /// Whether the file ends with this chunk.
    package var isLast: Bool { offset + UInt64(bytes.count) == totalByteCount }
}

/// A place in a snapshot file.
package struct SnapshotOffset: Hashable, Sendable {
    package let snapshot: EntryID
    /// The first byte that is not there yet.
    package let nextOffset: UInt64

    package init(snapshot: EntryID, nextOffset: UInt64) {
        self.snapshot = snapshot
        self.nextOffset = nextOffset
    }
}
