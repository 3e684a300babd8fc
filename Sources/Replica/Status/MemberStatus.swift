package import Consensus
package import Keyspace

/// What a member says of itself: `/v1/status`, `/readyz` and the metrics. Cheap to make.
package struct MemberStatus: Sendable {
    /// Raft's role, with one that asks for pre-votes a candidate and a follower without a vote apart.
    package enum Role: UInt8, Hashable, Sendable {
        /// No cluster yet.
        case forming = 0
        case follower = 1
        case candidate = 2
        case leader = 3
        case learner = 4
    }

    /// Whether the log may grow.
    package enum DiskSpace: UInt8, Hashable, Sendable {
        case ample = 0
        /// The reserve is used up: only what relieves the disk is written. Reads go on, so this
        /// makes no member unready.
        case short = 1
    }

    /// What the disk took for the log since the start of the process.
    package struct LogWrites: Hashable, Sendable {
        /// From handing a batch over until it is known to be durable, summed over all batches.
        package private(set) var nanoseconds: UInt64 = 0
        /// The batches that took longer than the election timeout.
        package private(set) var slowCount: UInt64 = 0

        mutating func add(nanoseconds took: UInt64, isSlow: Bool) {
            nanoseconds &+= took
            if isSlow { slowCount += 1 }
        }
    }

    package var id: MemberID
    package var name: [UInt8]
    package var cluster = ClusterID.unformed
    package var role = Role.forming
    /// Nil while none is known.
    package var leader: MemberID?
    package var term = Term.zero
    /// The lower bound of the random time after which a member campaigns.
    package var electionTimeoutMilliseconds: UInt64 = 0
    package var commitIndex = LogIndex.zero
    package var appliedIndex = LogIndex.zero
    package var lastIndex = LogIndex.zero
    /// Of the entry at `lastIndex`.
    package var lastTerm = Term.zero
    package var durableIndex = LogIndex.zero
    package var snapshotIndex = LogIndex.zero
    /// Bytes of log that the next snapshot will make superfluous.
    package var logByteCount = 0
    /// Bytes of the log's segments and of the snapshots.
    package var storedByteCount = 0
    /// The store's hash right after `appliedIndex`.
    package var stateHash = StateHash()
    package var diskSpace = DiskSpace.ample
    package var logWrites = LogWrites()
    /// Writes of this member's clients that have no answer yet.
    package var pendingWriteCount = 0
    /// Their linearizable reads.
    package var pendingReadCount = 0
    package var unreadiness = Unreadiness.forming
    /// The entry that has to be applied for the member to be caught up; nil while no leader has
    /// named one.
    package var catchUpIndex: LogIndex?

    /// A member that has no cluster yet.
    init(id: MemberID, name: [UInt8]) {
        self.id = id
        self.name = name
    }
}

/// Why a member does not serve linearizable requests now; empty means ready.
package struct Unreadiness: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Not every member of the list has answered yet.
    package static let forming = Unreadiness(rawValue: 1 << 0)
    package static let noLeader = Unreadiness(rawValue: 1 << 1)
    /// What was committed at the first contact with the leader is not all applied yet, or far more
    /// was committed since.
    package static let catchingUp = Unreadiness(rawValue: 1 << 2)
    /// The log was damaged and is being received anew.
    package static let reseeding = Unreadiness(rawValue: 1 << 3)
    /// The store's hash differs from the majority's, or no majority agrees.
    package static let storeDiffers = Unreadiness(rawValue: 1 << 4)
    package static let stopping = Unreadiness(rawValue: 1 << 5)
    /// The leader is heard, but nothing can be sent to it.
    package static let noLink = Unreadiness(rawValue: 1 << 6)
    /// There is no leader, and a peer that could help to elect one speaks another version of the
    /// peer protocol.
    package static let otherProtocol = Unreadiness(rawValue: 1 << 7)
    /// A write of the log has been with the disk for ten seconds, or for an election timeout that
    /// is longer.
    package static let diskStalled = Unreadiness(rawValue: 1 << 8)
}

/// Which of the members that decide can be heard.
package struct Hearing: Hashable, Sendable {
    /// Two pings without an answer.
    static let silenceMilliseconds: UInt64 = 1000

    package let voterCount: Int
    /// The names of the voters that are not heard.
    package let silent: [[UInt8]]

    /// - Parameter silent: the names of those that are not heard.
    package init(voterCount: Int, silent: [[UInt8]]) {
        self.voterCount = voterCount
        self.silent = silent
    }

    package var heardCount: Int { voterCount - silent.count }
    /// Whether enough are heard to elect a leader and to commit.
    package var isQuorum: Bool { heardCount * 2 > voterCount }
}

/// One member of the cluster as this one sees it: a row of `/v1/cluster`.
package struct ClusterMember: Sendable {
    /// Whether this member hears it: says nothing of what others hear.
    package enum Health: UInt8, Hashable, Sendable {
        /// Something came from it within the last two seconds, or it is this member.
        case heard = 0
        case silent = 1
    }

    /// Whether its acknowledgements count towards a commit, and its vote in an election.
    package enum Suffrage: UInt8, Hashable, Sendable {
        case voter = 0
        case learner = 1
        /// A learner that is to stay one.
        case observer = 2
    }

    /// How far a member is behind its leader, as that one knows.
    package struct Lag: Hashable, Sendable {
        /// Entries of the leader's log that it is not known to hold.
        package let entryCount: UInt64
        /// The age of the first of them on the cluster clock; nil where memory no longer holds it.
        package let milliseconds: UInt64?
    }

    /// How much of a snapshot a member has, which comes before the log.
    package struct Transfer: Hashable, Sendable {
        /// At most `byteCount`.
        package let sentByteCount: UInt64
        package let byteCount: UInt64

        package init(sentByteCount: UInt64, byteCount: UInt64) {
            self.sentByteCount = sentByteCount
            self.byteCount = byteCount
        }
    }

    package let id: MemberID
    package let name: [UInt8]
    package let peerAddress: PeerAddress
    /// Empty until the member has said hello.
    package let clientAddress: [UInt8]
    /// What this member says of itself, or what the leader and the votes say of another one.
    package let role: MemberStatus.Role
    package let suffrage: Suffrage
    package let health: Health
    /// How far its log is known to match; only the leader knows, and each member of itself.
    package let matchIndex: LogIndex?
    /// Only the leader knows it.
    package let lag: Lag?
    /// The snapshot that it gets; only the leader knows.
    package let transfer: Transfer?
    /// How long ago it was heard last, in milliseconds; nil for oneself, and where it never was.
    package let silenceMilliseconds: UInt64?
    /// The build that it runs; empty while it has not said hello.
    package let version: [UInt8]
}
