internal import Bytes
internal import Consensus
internal import Journal

/// A store that differs from the majority's is replaced by the leader's snapshot, pulled part by
/// part; the log after it is intact and is applied again.
struct StoreRepair: Hashable, Sendable {
    /// A part that does not come is asked for again after this.
    static let patienceMilliseconds: UInt64 = 500

    /// When to ask for the next part.
    var askAt = MonotonicTime(rawValue: 0)
    /// The snapshot that is being pulled; nil before its first part.
    var snapshot: EntryID?
    var nextOffset: UInt64 = 0
}

/// The parts of the leader's store that came so far.
struct StoreReception: Sendable {
    var reader: SnapshotReader
    var state: Snapshots.Reception

    init(_ id: EntryID, of cluster: ClusterID) {
        reader = SnapshotReader(.snapshotDraft(id), id: id, cluster: cluster)
        state = Snapshots.Reception(id: id)
    }

    /// The bytes are none that an honest leader sends.
    enum Unsound: Error { case damaged }

    mutating func take(_ bytes: [UInt8]) throws(Unsound) {
        do { try state.take(try reader.feed(bytes)) } catch { throw .damaged }
    }
}
