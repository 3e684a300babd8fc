internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension FormedMember {
    /// Freezes the store and has it written, when what was applied since the last snapshot takes up
    /// enough of the log. Entries that wait to be applied do not count: a snapshot would not free
    /// them, and a member that applies a long log would take one snapshot after another. A snapshot
    /// counts as the last from its beginning: it has no name yet while the log's lane is busy.
    mutating func beginSnapshot(in context: inout TurnContext) {
        let newest = journal.snapshots.last
        let last = max(newest?.id.index ?? .zero, snapshots.begunThrough)
        guard snapshots.writing == nil, storeIntegrity == .sound, machine.applied.index > last
        else { return }
        let through = machine.applied.index
        let due = max(configuration.snapshotLogByteCountMin, 2 * (newest?.byteCount ?? 0))
        guard
            snapshots.wish == .atOnce || journal.logByteCount(after: last, through: through) >= due
        else { return }
        snapshots.wish = .whenDue
        context.effects.snapshot = snapshotTask(context.now)
    }

    /// What the disk gives back of the newest snapshot is not what was written: the state that the
    /// member holds is written anew, at a later entry.
    mutating func replaceNewestSnapshot(_ now: MonotonicTime) {
        snapshots.wish = .atOnce
        guard machine.applied.index <= newestSnapshotIndex else { return }
        // Refused where others lead, who have snapshots of their own.
        _ = try? raft.propose([.empty], now: now)
    }

    private var newestSnapshotIndex: LogIndex {
        mutating get { journal.snapshots.last?.id.index ?? .zero }
    }

    private mutating func snapshotTask(_ now: MonotonicTime) -> SnapshotTask {
        var hash: [UInt8] = []
        hash.append(littleEndian: machine.keyspace.hash.rawValue)
        let writer = journal.snapshotWriter(
            of: machine.applied,
            time: machine.time,
            membership: machine.membership,
            stateHash: hash
        )
        snapshots.begunThrough = machine.applied.index
        snapshots.writing = Snapshots.Writing(
            id: machine.applied,
            time: machine.time,
            begunAt: now
        )
        return SnapshotTask(writer: writer, state: machine.keyspace)
    }

    /// The shell wrote the draft.
    mutating func snapshotWritten(
        _ id: EntryID,
        byteCount: UInt64,
        in context: inout TurnContext
    ) {
        guard let writing = snapshots.writing, writing.id == id else { return }
        snapshots.writing = nil
        let took = context.now.nanoseconds(since: writing.begunAt)
        context.effects.observations.append(
            .snapshot(SnapshotTimes(.written, nanoseconds: took, byteCount: byteCount))
        )
        journal.snapshotWritten(
            SnapshotDescriptor(
                id: id,
                time: writing.time,
                byteCount: Int(clamping: byteCount)
            )
        )
    }

    /// A snapshot is durable under its final name.
    mutating func finishSnapshot(_ published: SnapshotPublished, in context: inout TurnContext) {
        switch published.origin {
        case .taken:
            raft.step(
                .snapshotTaken(
                    published.snapshot.id,
                    forgottenThrough: published.forgottenThrough
                ),
                now: context.now
            )
        case .installed: adoptSnapshot(published.snapshot.id, in: &context)
        }
    }

    /// A part of a snapshot from the leader: verified and decoded as it comes.
    mutating func receiveSnapshot(_ chunk: SnapshotChunk, now: MonotonicTime) {
        if chunk.offset == 0 {
            snapshots.receiving = Snapshots.Reception(id: chunk.snapshot, begunAt: now)
        }
        switch journal.receive(chunk) {
        case .pieces(let pieces):
            guard var reception = snapshots.receiving, reception.id == chunk.snapshot else {
                return
            }
            snapshots.receiving = nil
            reception.byteCount = chunk.totalByteCount
            do { try reception.take(pieces) } catch {
                return raft.step(.snapshotRejected(chunk.snapshot), now: now)
            }
            snapshots.receiving = reception
        case .wanted(let offset): raft.step(.snapshotWritten(offset), now: now)
        case .rejected:
            snapshots.receiving = nil
            raft.step(.snapshotRejected(chunk.snapshot), now: now)
        }
    }

    /// Consensus wants what was received, and lets its log stand still until that is in place.
    mutating func installReceived(_ id: EntryID, now: MonotonicTime) {
        guard let reception = snapshots.receiving, reception.id == id, reception.keyspace != nil
        else {
            // It began anew while its last bytes were on their way to the disk.
            return raft.step(.snapshotRejected(id), now: now)
        }
        journal.installReceived()
    }

    /// The received snapshot is the log's new beginning: it becomes the store.
    private mutating func adoptSnapshot(_ id: EntryID, in context: inout TurnContext) {
        guard let reception = snapshots.receiving, reception.id == id,
            let keyspace = reception.keyspace, let membership = reception.membership
        else { return invariant(false, "snapshot \(id) was installed and never received") }
        snapshots.receiving = nil
        let took = context.now.nanoseconds(since: reception.begunAt ?? context.now)
        context.effects.observations.append(
            .snapshot(
                SnapshotTimes(.received, nanoseconds: took, byteCount: reception.byteCount)
            )
        )
        if id.index > machine.applied.index {
            machine = StateMachine(
                keyspace: keyspace,
                applied: id,
                time: reception.time,
                membership: membership
            )
            replacedStore(&context.effects)
        }
        raft.step(.snapshotInstalled(id, reception.time, membership), now: context.now)
        settleApplied(in: &context)
    }

    /// The store was replaced: everybody who waits on it has to look at it again.
    mutating func replacedStore(_ effects: inout Effects) {
        reply(
            unknown: proposals.pending.take(skippedThrough: machine.applied.index),
            into: &effects
        )
        effects.storeReplacement = StoreReplacement(
            index: machine.applied.index,
            revision: machine.keyspace.store.revision
        )
    }
}

extension Snapshots.Reception {
    /// The file is intact, and holds what no honest member writes.
    enum Unsound: Error { case undecodable }

    mutating func take(_ pieces: [SnapshotReader.Piece]) throws(Unsound) {
        for piece in pieces {
            switch piece {
            case .header(let header):
                time = header.time
                membership = header.membership
            case .payload(let payload):
                do { try decoder.feed(payload) } catch { throw .undecodable }
            case .end:
                do { keyspace = try decoder.finish() } catch { throw .undecodable }
            }
        }
    }
}
