package import Bytes
package import Consensus

/// What the bytes of a received snapshot came to.
package enum SnapshotReception: Hashable, Sendable {
    /// Verified, and on their way to the draft.
    case pieces([SnapshotReader.Piece])
    /// Not the bytes that come next: nothing was done.
    case wanted(SnapshotOffset)
    /// No sound snapshot: it has to come again from the start.
    case rejected(Damage)
}

extension Journal {
    /// A writer for a snapshot of this member's own state.
    package func snapshotWriter(
        of id: EntryID,
        time: ClusterTime,
        membership: Membership,
        stateHash: [UInt8]
    ) -> SnapshotWriter {
        SnapshotWriter(
            SnapshotHeader(
                cluster: identity.cluster,
                id: id,
                time: time,
                membership: membership,
                stateHash: stateHash
            )
        )
    }

    /// A draft by `snapshotWriter` was carried out whole. It gets its final name once the durable
    /// log has reached it; told by `Completed.snapshots`.
    package mutating func snapshotWritten(_ snapshot: SnapshotDescriptor) {
        invariant(
            snapshot.id.index > shelf.awaitingLog.last?.id.index ?? .zero,
            "a snapshot of \(snapshot.id) was written after a later one"
        )
        shelf.awaitingLog.append(snapshot)
    }

    /// Takes in a part of a snapshot from a leader. Offset 0 begins anew; only one is received at
    /// a time. `Completed.received` tells that the draft holds it.
    package mutating func receive(_ chunk: SnapshotChunk) -> SnapshotReception {
        if chunk.offset == 0 {
            dropReception(except: chunk.snapshot)
            let reader = SnapshotReader(
                .snapshotDraft(chunk.snapshot),
                id: chunk.snapshot,
                cluster: identity.cluster
            )
            shelf.reception = SnapshotInventory.Reception(id: chunk.snapshot, reader: reader)
        }
        guard var reception = shelf.reception, reception.id == chunk.snapshot else {
            return .wanted(SnapshotOffset(snapshot: chunk.snapshot, nextOffset: 0))
        }
        let offset = reception.reader.byteCount
        guard chunk.offset == UInt64(offset) else {
            return .wanted(SnapshotOffset(snapshot: chunk.snapshot, nextOffset: UInt64(offset)))
        }
        let pieces: [SnapshotReader.Piece]
        do { pieces = try reception.reader.feed(chunk.bytes) } catch {
            dropReception(except: nil)
            return .rejected(error)
        }
        if case .header(let header) = pieces.first {
            invariant(reception.header == nil && header.id == reception.id, "two headers at once")
            reception.header = header
        }
        shelf.reception = reception
        writeDraft(chunk)
        return .pieces(pieces)
    }

    /// Lets the snapshot that was received whole take the place of the log: file, directory, log
    /// mark, in that order; told by `Completed.snapshots`.
    ///
    /// - Precondition: `receive` gave its `end`.
    package mutating func installReceived() {
        guard let reception = shelf.reception, let header = reception.header,
            reception.reader.isComplete
        else { return invariant(false, "no snapshot was received whole") }
        shelf.reception = nil
        let snapshot = SnapshotDescriptor(
            id: header.id,
            time: header.time,
            byteCount: reception.reader.byteCount
        )
        background.append(.publish(snapshot, .installed))
    }

    /// Asks for bytes of a snapshot file; nil when there is none of that id. Told by
    /// `Completed.snapshotLoads`.
    package mutating func loadSnapshot(
        _ id: EntryID,
        offset: Int,
        byteCount: Int
    ) -> LoadID? {
        guard let snapshot = shelf.published.first(where: { $0.id == id }) else { return nil }
        lastLoad += 1
        let load = LoadID(rawValue: lastLoad)
        background.append(
            .loadSnapshot(load, snapshot, offset: offset, byteCount: byteCount)
        )
        return load
    }

    private mutating func writeDraft(_ chunk: SnapshotChunk) {
        let draft = DiskFile.snapshotDraft(chunk.snapshot)
        let create: [DiskOperation] = chunk.offset == 0 ? [.create(draft, zeroedByteCount: 0)] : []
        let write = DiskOperation.write(draft, offset: Int(chunk.offset), bytes: chunk.bytes)
        let next = chunk.offset + UInt64(chunk.bytes.count)
        background.append(
            .receive(create + [write], SnapshotOffset(snapshot: chunk.snapshot, nextOffset: next))
        )
    }

    private mutating func dropReception(except id: EntryID?) {
        if let reception = shelf.reception, reception.id != id {
            background.append(.retire([.snapshotDraft(reception.id)]))
        }
        shelf.reception = nil
    }
}

extension Journal {
    /// Gives drafts their final names as far as the durable log has reached them.
    mutating func publishDue() {
        while let snapshot = shelf.awaitingLog.first, durable.last.index >= snapshot.id.index {
            shelf.awaitingLog.removeFirst()
            if snapshot.id.index > shelf.published.last?.id.index ?? .zero {
                background.append(.publish(snapshot, .taken))
            } else {
                background.append(.retire([.snapshotDraft(snapshot.id)]))
            }
        }
    }

    /// Notes in the log that a snapshot has its final name.
    mutating func mark(_ snapshot: SnapshotDescriptor, origin: SnapshotPublished.Origin) {
        // Meanwhile the log began anew, after a snapshot that covers more.
        if origin == .taken, !map.holds(snapshot.id) {
            return background.append(.retire([.snapshot(snapshot.id)]))
        }
        invariant(
            origin == .taken || snapshot.id.index >= map.base.index,
            "the log goes back to \(snapshot.id) from its base \(map.base)"
        )
        shelf.published.removeAll { $0.id == snapshot.id }
        let place = shelf.published.firstIndex { $0.id.index > snapshot.id.index }
        shelf.published.insert(snapshot, at: place ?? shelf.published.endIndex)
        switch origin {
        case .taken: tail.mark(taken: snapshot, in: &map)
        case .installed: tail.mark(installed: snapshot, in: &map)
        }
        shelf.marking.append(
            SnapshotInventory.Marking(snapshot: snapshot, origin: origin, batch: tail.currentBatch)
        )
        if planted(.logCutBeforeMark), let last = shelf.marking.last { retire(after: last) }
    }

    /// Retires what a snapshot whose mark is now durable makes superfluous.
    mutating func completeMarks(_ completed: inout Completed) {
        while let marking = shelf.marking.first, marking.batch <= durable.batch {
            shelf.marking.removeFirst()
            retire(after: marking)
            completed.snapshots.append(
                SnapshotPublished(
                    snapshot: marking.snapshot,
                    origin: marking.origin,
                    forgottenThrough: min(map.base.index, marking.snapshot.id.index)
                )
            )
        }
    }

    /// Only what a snapshot up to this one supersedes: the mark of a later one is not durable yet,
    /// and a crash before it is would leave a log that begins anew nowhere.
    private mutating func retire(after marking: SnapshotInventory.Marking) {
        // Once a snapshot has taken the log's place, no older one is of any use.
        let keptCount = marking.origin == .installed ? 1 : SnapshotInventory.keptCount
        var markedCount = shelf.published.prefix { $0.id.index <= marking.snapshot.id.index }.count
        var files: [DiskFile] = []
        while markedCount > keptCount {
            files.append(.snapshot(shelf.published.removeFirst().id))
            markedCount -= 1
        }
        if let oldest = shelf.published.first, markedCount == keptCount {
            let segments = map.forget(through: oldest.id.index, before: durable.position.segment)
            // The newest go first: wherever a crash stops this, what is left of them leads nowhere
            // and is not taken for a part of the log.
            files += segments.reversed().map { .segment($0) }
        }
        if !files.isEmpty { background.append(.retire(files)) }
    }
}
