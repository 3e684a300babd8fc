package import Bytes

extension Raft {
    /// A look at a member's consensus, for people, metrics and the join with the state machine.
    package struct Status: Hashable, Sendable {
        package let id: MemberID
        package let role: Role
        package let term: Term
        package let leader: MemberID?
        package let logIntegrity: LogIntegrity
        package let last: EntryID
        package let lastTime: ClusterTime
        /// The last entry that is durable here.
        package let durableIndex: LogIndex
        package let commitIndex: LogIndex
        package let appliedIndex: LogIndex
        package let snapshot: EntryID
        package let membership: Membership
        /// Where leadership is going, while it is being handed over.
        package let transferTarget: MemberID?
        /// In order of id, this member left out; only a leader knows.
        package let peers: [PeerStatus]
        /// Messages that no honest member sends; dropped.
        package let refusedMessageCount: UInt64
        /// Why the last of them was refused.
        package let lastRefusal: MessageRefusal?
    }

    /// What a leader knows about a peer.
    package struct PeerStatus: Hashable, Sendable {
        package let id: MemberID
        package let flow: Flow
        /// The last index known durable there, in this term and on the current link.
        package let match: LogIndex
        /// When something came from it last, in this leader's term.
        package let heardAt: MonotonicTime
        /// The snapshot that goes there, and the first of its bytes that is not known to be there.
        package let snapshot: SnapshotOffset?
    }

    /// What a leader has said of its log since it was first heard. A leader that was not heard for
    /// an election timeout, or was taken for gone, is first heard again.
    package struct LeaderContact: Hashable, Sendable {
        /// The last index of the log that the leader named first: no entry committed before then
        /// lies beyond it (3.6, Leader Completeness). A new leader's commit index may be lower.
        package let lastIndex: LogIndex
        /// The highest commit index that it has named so far.
        package private(set) var commitIndex: LogIndex

        init(lastIndex: LogIndex, commitIndex: LogIndex) {
            self.lastIndex = lastIndex
            self.commitIndex = commitIndex
        }

        mutating func raise(commitIndex named: LogIndex) { commitIndex = max(commitIndex, named) }
    }

    /// How a leader sends to a peer.
    package enum Flow: UInt8, Hashable, Sendable {
        /// One message at a time, until it is known where the logs match.
        case probe = 0
        /// Entries are sent ahead of their answers.
        case replicate = 1
        /// The log here begins too late for the peer.
        case snapshot = 2
    }
}

/// Why a message of a peer was dropped: no honest member sends it.
package enum MessageRefusal: Error, Hashable, Sendable {
    /// Addressed to somebody else, or by ourselves.
    case misaddressed
    /// Above 2^62.
    case termOutOfRange(UInt64)
    /// Above 2^62.
    case indexOutOfRange(UInt64)
    /// The entry is not the one after `previous`, or its term or time goes back.
    case notContiguous(EntryID)
    /// An entry of a later term than its leader's.
    case entryFromTheFuture(EntryID)
    /// A commit index beyond the sender's own log.
    case impossibleCommit(LogIndex, lastIndex: LogIndex)
    /// An acknowledgement beyond the end of our log.
    case impossibleMatch(LogIndex, lastIndex: LogIndex)
    /// It would replace what is committed here.
    case contradictsCommitted(EntryID)
    /// A leader's message from somebody else than the leader of this term.
    case secondLeader(MemberID)
    /// An entry's payload is no membership or can't follow the one in force.
    case impossibleMembership(EntryID)
    /// A payload or a chunk is too long, or a chunk leaves its file.
    case outOfBounds
}
