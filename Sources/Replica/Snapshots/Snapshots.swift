internal import Bytes
internal import Consensus
internal import Keyspace

/// What is under way with snapshots: one may be written while another is received.
struct Snapshots: Sendable {
    /// A state that is decoded while its file comes in.
    struct Reception: Sendable {
        let id: EntryID
        /// When its first part came.
        var begunAt: MonotonicTime?
        var byteCount: UInt64 = 0
        var time = ClusterTime.zero
        var membership: Membership?
        var decoder = SnapshotDecoder()
        /// Set once the file is whole and sound.
        var keyspace: Keyspace?
    }

    /// One that the shell writes from a frozen state.
    struct Writing: Hashable, Sendable {
        let id: EntryID
        let time: ClusterTime
        let begunAt: MonotonicTime
    }

    /// One that a peer takes part by part.
    struct Sending: Hashable, Sendable {
        let peer: MemberID
        let id: EntryID
        let begunAt: MonotonicTime
    }

    /// Why the next snapshot is taken.
    enum Wish: UInt8, Hashable, Sendable {
        /// When the log has grown enough.
        case whenDue = 0
        /// Now: a peer needs one, or the newest is damaged.
        case atOnce = 1
    }

    var wish = Wish.whenDue
    var writing: Writing?
    /// The newest that was begun: the same state is not written twice.
    var begunThrough = LogIndex.zero
    /// What peers take, one at most for each.
    private var sending: [Sending] = []
    /// The one that consensus receives.
    var receiving: Reception?
    /// Verifies the snapshots that go out to peers.
    var proofs = SnapshotProofs()
    /// The one that replaces a store that differs.
    var repairing: StoreReception?

    /// A part was read for a peer; what the whole took, if it is the last.
    mutating func note(_ chunk: SnapshotChunk, for peer: MemberID, now: MonotonicTime)
        -> SnapshotTimes?
    {
        if chunk.offset == 0 {
            sending.removeAll { $0.peer == peer }
            sending.append(Sending(peer: peer, id: chunk.snapshot, begunAt: now))
        }
        guard chunk.isLast,
            let place = sending.firstIndex(where: { $0.peer == peer && $0.id == chunk.snapshot })
        else { return nil }
        let sent = sending.remove(at: place)
        return SnapshotTimes(
            .sent,
            nanoseconds: now.nanoseconds(since: sent.begunAt),
            byteCount: chunk.totalByteCount
        )
    }

    /// Whether that one came whole, and only waits for the log to reach it.
    var isRepairWhole: Bool { repairing?.state.keyspace != nil }
}
