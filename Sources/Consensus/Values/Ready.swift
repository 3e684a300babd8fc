extension Raft {
    /// What a member owes the world after some steps. Messages may be sent and everything else
    /// done at once and in any order but this: within the log, `hardState`, then `cut`, then
    /// `entries`, and one Ready after the other.
    package struct Ready: Sendable {
        /// To be made durable.
        package var hardState: HardState?
        /// The last index to keep: what the log holds after it goes before `entries` are appended.
        package var cut: LogIndex?
        /// To be appended and made durable.
        package var entries: [Entry] = []
        package var messages: [Message] = []
        /// Entries through here may be applied.
        package var commitIndex = LogIndex.zero
        package var reads: [ReadAnswer] = []
        /// Entries to be read from the disk for peers that lag behind memory.
        package var loads: [EntryLoad] = []
        /// Parts of snapshots to be read from the disk for peers that lag behind the log.
        package var snapshotLoads: [SnapshotLoad] = []
        /// Parts of a snapshot to be written to its draft, each answered by
        /// `Input.snapshotWritten` with what the draft then holds from its start. A chunk after a
        /// gap is not written; one at offset 0 does not empty a longer draft of that snapshot.
        package var snapshotChunks: [SnapshotChunk] = []
        /// The draft of this snapshot is whole: to be checked, made durable under its final name,
        /// the log restarted after it, the state machine loaded from it; answered by
        /// `Input.snapshotInstalled` or `Input.snapshotRejected`.
        package var install: EntryID?
        /// Who leads, as seen here, if that changed.
        package var leadership: LeadershipChange?
        /// The membership in force, if that changed.
        package var membership: Membership?

        package init() {}
    }

    /// What a member is at the moment.
    package enum Role: UInt8, Hashable, Sendable {
        case follower = 0
        case preCandidate = 1
        case candidate = 2
        case leader = 3
    }

    /// A new role, term or leader.
    package struct LeadershipChange: Hashable, Sendable {
        package let role: Role
        package let term: Term
        package let leader: MemberID?

        package init(role: Role, term: Term, leader: MemberID?) {
            self.role = role
            self.term = term
            self.leader = leader
        }
    }
}

/// A read may be served once the state machine has applied `index`; or never, without one.
package struct ReadAnswer: Hashable, Sendable {
    package let id: ReadID
    /// Nil when too many reads wait.
    package let index: LogIndex?

    package init(id: ReadID, index: LogIndex?) {
        self.id = id
        self.index = index
    }
}

/// Entries wanted from the disk; answered by `Input.entriesLoaded` with at least one entry, the
/// first at `from`, and no more bytes than `byteCountMax` unless the first alone is longer.
package struct EntryLoad: Hashable, Sendable {
    package let peer: MemberID
    package let from: LogIndex
    package let byteCountMax: Int

    package init(peer: MemberID, from: LogIndex, byteCountMax: Int) {
        self.peer = peer
        self.from = from
        self.byteCountMax = byteCountMax
    }
}

/// A part of a snapshot wanted from the disk, at most `SnapshotChunk.byteCountMax` bytes; answered
/// by `Input.snapshotLoaded` or `Input.snapshotUnreadable`.
package struct SnapshotLoad: Hashable, Sendable {
    package let peer: MemberID
    package let snapshot: EntryID
    package let offset: UInt64

    package init(peer: MemberID, snapshot: EntryID, offset: UInt64) {
        self.peer = peer
        self.snapshot = snapshot
        self.offset = offset
    }
}

/// Entries of the log from some index on.
package enum CachedEntries: Sendable {
    /// At least one entry unless the log ends before.
    case cached([Entry])
    /// They are durable and no more in memory: to be read from the disk.
    case onDisk
}
