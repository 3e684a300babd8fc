package import Bytes

/// Names one linearizable read; the host never uses one twice in a process.
package struct ReadID: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What the state machine needs of the cluster clock; only a leader acts on it.
package enum ClockDemand: Hashable, Sendable {
    /// No lease exists: the clock may stand still.
    case none
    /// Leases exist, the first is over then.
    case leases(earliestEnd: ClusterTime)
    /// Leases have ended and were not all swept yet.
    case expiredRemaining
}

/// Whether this member may speak for its log.
package enum LogIntegrity: UInt8, Hashable, Sendable {
    case intact = 0
    /// Its log was lost and is being filled again. It may have forgotten entries that it
    /// acknowledged, so it grants no vote and never campaigns until its durable log matches,
    /// through the last index that a leader named at first contact, a leader of no older term.
    case reseeding = 1
}

/// Whether a member that starts votes at once.
package enum Caution: UInt8, Hashable, Sendable {
    case none = 0
    /// No vote for an election timeout, or until its peers were heard: they may remember that it
    /// has shown more than its directory holds now.
    case hearPeersFirst = 1
}

extension Raft {
    /// Everything that can happen to a member's consensus, but proposals.
    package enum Input: Sendable {
        /// `nextDeadline` has come; too early or too often is harmless.
        case tick
        /// From a peer on its current link; hostile until checked.
        case received(Message)
        /// A hard state that `Ready` gave is durable. Told in the order of the writes, before the
        /// entries of the same write.
        case hardStatePersisted(HardState)
        /// Everything that `Ready` gave up to and including this entry is durable. Told in the
        /// order of the writes.
        case entriesPersisted(EntryID)
        /// The state machine holds everything up to here.
        case applied(LogIndex)
        /// A linearizable read wants an index; answered once by `Ready.reads`.
        case read(ReadID)
        /// What the state machine needs of the cluster clock from now on.
        case clockDemand(ClockDemand)
        /// Every peer has had its word on this start of the member, or has nobody to say it: ends
        /// `Caution.hearPeersFirst` early.
        case peersHeard
        /// A peer remembers that this member has shown more than it holds now, and that term: the
        /// log counts as lost.
        case logDoubted(shown: Term)
        /// A new link to the peer stands; what was in flight on older ones is lost.
        case linkUp(MemberID, generation: UInt64)
        /// The link of that generation to the leader broke, and the leader refused a new one or
        /// said that it leads no more. Not told for a mere timeout.
        case linkBroken(leader: MemberID, generation: UInt64)
        /// Hand leadership over; only a leader acts on it.
        case transferLeadership(to: MemberID)
        /// The host's disk did not answer for longer than an election timeout.
        case diskStalled
        /// A snapshot is durable under its final name; the log through `forgottenThrough`, never
        /// after the snapshot, is no more on the disk.
        case snapshotTaken(EntryID, forgottenThrough: LogIndex)
        /// The answer to an `EntryLoad`; empty when the entries are no more on the disk.
        case entriesLoaded(for: MemberID, [Entry])
        /// The answer to a `SnapshotLoad`.
        case snapshotLoaded(for: MemberID, SnapshotChunk)
        /// The snapshot that a `SnapshotLoad` named can't be read: another one is tried.
        case snapshotUnreadable(for: MemberID)
        /// The draft of a snapshot that is being received holds every byte before `nextOffset`.
        case snapshotWritten(SnapshotOffset)
        /// What was received is no sound snapshot: it has to come again from the start.
        case snapshotRejected(EntryID)
        /// The received snapshot is durable under its final name, the log restarted after it,
        /// the state machine loaded from it.
        case snapshotInstalled(EntryID, ClusterTime, Membership)
    }
}

/// One thing for the log.
package struct Proposal: Hashable, Sendable {
    /// An entry that says only that its leader lives, and what time it is.
    package static let empty = Proposal(kind: .empty, payload: [])

    package let kind: Entry.Kind
    package let payload: [UInt8]

    package init(kind: Entry.Kind, payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }
}

/// Where a batch of proposals stands in the leader's log; another term's entry at one of these
/// indexes is not it.
package struct AppendedRange: Hashable, Sendable {
    package let term: Term
    package let indexes: ClosedRange<LogIndex>

    package init(term: Term, indexes: ClosedRange<LogIndex>) {
        self.term = term
        self.indexes = indexes
    }
}

/// Why proposals certainly entered no log.
package enum ProposalRefusal: Error, Hashable, Sendable {
    case notLeader(leader: MemberID?)
    /// Leadership is being handed over; it ends within an election timeout.
    case transferring(to: MemberID)
    /// More than `Limits.unsettledByteCountMax` waits to be durable and applied.
    case tooManyInFlight
    /// A payload is longer than `Entry.payloadByteCountMax`.
    case tooLarge(byteCount: Int)
    case membership(MembershipRefusal)
}

/// Why a membership was not proposed.
package enum MembershipRefusal: Error, Hashable, Sendable {
    /// Not an encoded membership.
    case undecodable
    /// It can't follow the one in force.
    case impossible(MembershipFault)
    /// The one in force is not committed yet.
    case uncommitted(LogIndex)
    /// No entry of the leader's own term is committed yet (the raft bug of 2015).
    case noEntryOfOwnTerm
    /// A membership is proposed alone.
    case notAlone
}
