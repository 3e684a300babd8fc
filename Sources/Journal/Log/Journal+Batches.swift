internal import Bytes
internal import Consensus

extension Journal {
    /// The batches that may be carried out now: at most one of each lane is under way.
    ///
    /// Call once a turn, after `absorb`.
    package mutating func takeBatches() -> [DiskBatch] {
        publishDue()
        prepareDue()
        var batches: [DiskBatch] = []
        if let batch = takeLogBatch() { batches.append(batch) }
        let segmentByteCount = segmentByteCount
        let next = background.submit { $0.operations(segmentByteCount: segmentByteCount) }
        if let next { batches.append(next) }
        verify()
        return batches
    }

    /// Takes in what the disk carried out.
    package mutating func absorb(_ completion: DiskCompletion) -> Completed {
        var completed = Completed()
        switch completion.lane {
        case .log: completeLog(completion, into: &completed)
        case .background: completeBackground(completion, into: &completed)
        }
        verify()
        return completed
    }

    /// Lets `bound` be made durable, so that after a power loss even the last batch is proven.
    ///
    /// Call when the log was idle for about a second, and before an orderly end; the end may wait
    /// for `isIdle`.
    package mutating func settle() {
        guard log.isFree, tail.isEmpty, bound.standing == .written else { return }
        invariant(
            bound.position == durable.position,
            "the bound says \(bound.position) of a log that is durable to \(durable.position)"
        )
        background.append(.settle(bound.sync()))
    }

    private mutating func takeLogBatch() -> DiskBatch? {
        guard log.isFree else { return nil }
        var operations: [DiskOperation] = []
        let identity = log.identity
        if let identity {
            log.identity = nil
            operations += identity.storing()
        }
        let hardState = log.hardState
        if let hardState {
            log.hardState = nil
            operations += self.hardState.write(hardState)
        }
        let extents = tail.take(through: preparedThrough, last: map.last)
        for extent in extents {
            let file = DiskFile.segment(extent.position.segment)
            operations.append(.write(file, offset: extent.position.offset, bytes: extent.bytes))
            if planted(.logNotSynced) { continue }
            operations.append(.sync(file))
        }
        var end: DurableEnd?
        if let last = extents.last {
            end = DurableEnd(last: last.last, position: last.end, batch: last.batch)
            let proof = bound.write(last.end, batch: last.batch)
            if planted(.boundBeforeData) { operations.insert(proof, at: 0) }
            operations.append(proof)
        }
        guard !operations.isEmpty else { return nil }
        let submission = LogLane.Submission(hardState: hardState, identity: identity, end: end)
        return log.submit(submission, operations: operations)
    }

    private mutating func completeLog(_ completion: DiskCompletion, into completed: inout Completed)
    {
        let submission = log.complete(completion.number)
        completed.hardState = submission.hardState
        if let identity = submission.identity {
            self.identity = identity
            tail.identity = identity
            completed.identity = identity
        }
        guard let end = submission.end else { return }
        invariant(end.position > durable.position, "the durable end goes back to \(end.position)")
        durable = end
        completed.entries = end.last
        completeMarks(&completed)
    }

    private mutating func completeBackground(
        _ completion: DiskCompletion,
        into completed: inout Completed
    ) {
        switch background.complete(completion.number) {
        case .prepare(let segment):
            invariant(segment == preparedThrough + 1, "segment \(segment) was prepared out of turn")
            preparedThrough = segment
        case .load(let loading): advance(loading, reads: completion.reads, into: &completed)
        case .loadSnapshot(let id, let snapshot, let offset, _):
            completed.snapshotLoads.append(
                SnapshotBytesLoaded(
                    id: id,
                    snapshot: snapshot,
                    offset: offset,
                    bytes: completion.reads.first ?? []
                )
            )
        case .receive(_, let offset): completed.received.append(offset)
        case .publish(let snapshot, let origin): mark(snapshot, origin: origin)
        case .retire, .settle: break
        }
    }

    /// Lets the next segment be prepared when the open one fills up, or when records wait for it.
    private mutating func prepareDue() {
        let next = preparedThrough + 1
        guard next < tail.nextSegment || next == tail.nextSegment && tail.needsNextSegment,
            !background.isPreparing(next)
        else { return }
        background.prepend(.prepare(next))
    }
}

extension BackgroundLane.Job {
    func operations(segmentByteCount: Int) -> [DiskOperation] {
        if planted(.segmentNameNotSynced), case .prepare(let segment) = self {
            return [.create(.segment(segment), zeroedByteCount: segmentByteCount)]
        }
        return switch self {
        case .prepare(let segment):
            [.create(.segment(segment), zeroedByteCount: segmentByteCount), .syncDirectory]
        case .load(let loading): [loading.operation]
        case .loadSnapshot(_, let snapshot, let offset, let byteCount):
            [.read(.snapshot(snapshot.id), offset: offset, byteCount: byteCount)]
        case .receive(let operations, _): operations
        case .publish(let snapshot, let origin): snapshot.publishing(origin)
        case .retire(let files): files.map { .remove($0) } + [.syncDirectory]
        case .settle(let sync): [sync]
        }
    }
}

extension SnapshotDescriptor {
    /// Gives the draft its final name. One that was written here is durable already.
    fileprivate func publishing(_ origin: SnapshotPublished.Origin) -> [DiskOperation] {
        let rename: [DiskOperation] = [
            .rename(.snapshotDraft(id), to: .snapshot(id)), .syncDirectory,
        ]
        if planted(.snapshotNameNotSynced) {
            return [.sync(.snapshotDraft(id)), .rename(.snapshotDraft(id), to: .snapshot(id))]
        }
        if planted(.snapshotNotSynced) { return rename }
        return origin == .taken ? rename : [.sync(.snapshotDraft(id))] + rename
    }
}

extension Identity {
    /// Writes the file in full beside the old one and renames it over that.
    func storing() -> [DiskOperation] {
        [
            .create(.identityDraft, zeroedByteCount: 0),
            .write(.identityDraft, offset: 0, bytes: encoded()), .sync(.identityDraft),
            .rename(.identityDraft, to: .identity), .syncDirectory,
        ]
    }
}
