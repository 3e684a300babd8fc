internal import Bytes
package import Consensus

/// Everything that is durable about one member: decides what is written, in which order, and what
/// of it counts; the disk only carries out.
///
/// Two lanes of operations leave it by `takeBatches`, at most one batch of each at a time, and
/// come back by `absorb`. What waits for the log meanwhile gathers into ONE write and ONE
/// fdatasync.
package struct Journal: Sendable {
    /// The size of a segment file, in bytes.
    package static let segmentByteCountDefault = 64 << 20

    /// The identity as it is on the device.
    package internal(set) var identity: Identity
    var hardState: StoredHardState
    var bound: StoredBound
    var map: LogMap
    var tail: LogTail
    var durable: DurableEnd
    var log = LogLane()
    var background = BackgroundLane()
    var shelf: SnapshotInventory
    /// Segments that were opened or prepared have no higher number.
    var preparedThrough: UInt64
    let segmentByteCount: Int
    var lastLoad: UInt64 = 0

    /// How far the log is on the device.
    struct DurableEnd: Sendable {
        var last: EntryID
        var position: LogPosition
        var batch: UInt64
    }

    init(
        identity: Identity,
        hardState: StoredHardState,
        bound: StoredBound,
        map: LogMap,
        resumption: LogTail.Resumption,
        lastBatch: UInt64,
        snapshots: [SnapshotDescriptor],
        segmentByteCount: Int
    ) {
        self.identity = identity
        self.hardState = hardState
        self.bound = bound
        self.map = map
        tail = LogTail(resumption, identity: identity, segmentByteCount: segmentByteCount)
        durable = DurableEnd(last: map.last, position: resumption.end, batch: lastBatch)
        shelf = SnapshotInventory()
        shelf.published = snapshots
        preparedThrough = resumption.nextSegment - 1
        self.segmentByteCount = segmentByteCount
    }
}

extension Journal {
    /// The last entry that was given, durable or not.
    package var last: EntryID { map.last }

    /// The last entry that is durable.
    package var durableLast: EntryID { durable.last }

    /// The entry before the first that can still be read.
    package var base: EntryID { map.base }

    /// The snapshots that can be read, oldest first; at most two.
    package var snapshots: [SnapshotDescriptor] { shelf.published }

    /// Bytes of log after the newest snapshot, to within 64 KiB.
    package var logByteCountSinceSnapshot: Int {
        map.byteCount(after: shelf.published.last?.id.index ?? .zero)
    }

    /// Bytes of the log between two entries, to within 64 KiB.
    package func logByteCount(after first: LogIndex, through last: LogIndex) -> Int {
        max(0, map.byteCount(after: first) - map.byteCount(after: last))
    }

    /// Bytes of the log's segments and of the snapshots.
    package var storedByteCount: Int {
        map.segments.count * segmentByteCount
            + shelf.published.reduce(0) { $0 + $1.byteCount }
    }

    /// Whether a batch of the log is under way.
    package var isWriting: Bool { !log.isFree }

    /// Whether that load is under way or waits.
    ///
    /// - Complexity: O(*n*) in what waits for the background lane.
    package func isLoading(_ id: LoadID) -> Bool { background.isLoading(id) }

    /// Whether nothing waits and nothing is under way on either lane.
    package var isIdle: Bool {
        log.isIdle && background.isIdle && tail.isEmpty && shelf.marking.isEmpty
            && shelf.awaitingLog.isEmpty
    }

    /// Gathers what one turn of consensus owes, in the order hard state, cut, entries.
    ///
    /// - Parameters:
    ///   - hardState: durable before any of these entries.
    ///   - cut: the last index to keep; the log holds it.
    ///   - entries: contiguous, the first right after `cut` or the last entry.
    /// - Complexity: O(bytes); about 50 ns and one copy for a small entry.
    package mutating func append(
        hardState: HardState? = nil,
        cut: LogIndex? = nil,
        entries: [Entry] = []
    ) {
        if let hardState {
            let stored = log.hardState ?? self.hardState.state
            invariant(hardState.term >= stored.term, "the term goes back to \(hardState.term)")
            log.hardState = hardState
        }
        if let cut, cut < map.last.index { self.cut(after: cut) }
        // By position: an entry that is not copied is not retained.
        for position in entries.indices { tail.append(entries[position], to: &map) }
    }

    /// Makes an identity durable, in place of the file's; told by `Completed.identity`.
    package mutating func store(_ identity: Identity) {
        invariant(identity.member == self.identity.member, "an identity of another member")
        log.identity = identity
    }

    /// The log counts as lost from now on, and does so at the next start too.
    package mutating func beginReseeding() {
        guard hardState.logIntegrity == .intact else { return }
        hardState.logIntegrity = .reseeding
        writeHardStateAgain()
    }

    /// The log is whole again: from now on the hard state says so; told by `Completed.hardState`.
    package mutating func endReseeding() {
        guard hardState.logIntegrity == .reseeding else { return }
        hardState.logIntegrity = .intact
        writeHardStateAgain()
    }

    /// Decides what a later opening makes of a damaged log: it is given up only where peers hold it
    /// too. Durable before the entries of the same turn, which include the membership that led to
    /// it.
    package mutating func note(_ logRedundancy: LogRedundancy) {
        guard hardState.logRedundancy != logRedundancy else { return }
        hardState.logRedundancy = logRedundancy
        writeHardStateAgain()
    }

    private mutating func writeHardStateAgain() {
        if log.hardState == nil { log.hardState = hardState.state }
    }

    /// Whether the log is being filled anew after damage.
    package var logIntegrity: LogIntegrity { hardState.logIntegrity }

    private mutating func cut(after index: LogIndex) {
        guard let term = map.term(at: index) else {
            invariant(false, "a cut after \(index), before the log's base \(map.base)")
            return
        }
        tail.cut(after: EntryID(term: term, index: index), in: &map)
    }
}
