internal import Bytes
internal import Consensus

/// A log that was found sound: what is owed to it, and the journal that goes on from it.
struct OpenedLog {
    let identity: Identity
    let hardState: StoredHardState
    let bound: StoredBound
    let survey: SegmentScan
    let tail: LogTail.Continuation
    let choice: SnapshotChoice
    let files: [DiskFile]
    let map: LogMap
    let end: LogPosition
    let previousCRC: UInt32
    let lastBatch: UInt64
    let lastBatchStart: Int
    let log: RecoveredLog

    func resume(
        _ reader: some DiskReader,
        opening: Journal.Opening
    ) throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        var hardState = hardState
        var bound = bound
        // What a former process wrote may have reached the cache only, and a sync that failed
        // then is not told again: what is not proven durable is written anew.
        var operations = hardState.write(hardState.state)
        operations += try confirmation(reader, bound: &bound)
        operations += superfluous.map { .remove($0) }
        operations += identity.storing()
        let journal = Journal(
            identity: identity,
            hardState: hardState,
            bound: bound,
            map: map,
            resumption: resumption,
            lastBatch: lastBatch,
            snapshots: choice.kept,
            segmentByteCount: opening.segmentByteCount
        )
        let recovery = Recovery(
            directory: .existing,
            identity: identity,
            hardState: hardState.state,
            logIntegrity: hardState.logIntegrity,
            damage: nil,
            rejected: choice.rejected,
            cut: tail == .inNextSegment(.cut) ? end : nil,
            cutByteCount: try cutByteCount(reader),
            damagedCellCounts: [
                .hardState: self.hardState.damagedCellCount, .bound: self.bound.damagedCellCount,
            ],
            snapshot: choice.usable,
            snapshotHeader: choice.header,
            log: log,
            operations: operations
        )
        return (journal, recovery)
    }

    private func cutByteCount(_ reader: some DiskReader) throws(JournalError) -> Int {
        guard tail == .inNextSegment(.cut) else { return 0 }
        var stream = try SegmentStream(reader, segment: end.segment)
        return try stream.writtenByteCount(from: end.offset)
    }

    private var resumption: LogTail.Resumption {
        let nextSegment = max(survey.highest, bound.position.segment) + 1
        let isEmpty = survey.chain.isEmpty
        let first = isEmpty ? max(survey.highest + 1, bound.position.segment) : nextSegment
        return LogTail.Resumption(
            end: isEmpty ? .start : end,
            continuation: tail,
            capacity: survey.chain.last?.segmentByteCount ?? 0,
            previousCRC: isEmpty ? 0 : previousCRC,
            // The number after the last may have been used by a batch of which nothing is left.
            nextBatch: isEmpty
                ? LogTail.firstBatch(ofLogBeginningIn: first) : lastBatch + 2,
            nextSegment: first
        )
    }

    /// Writes the last batch again if only itself speaks for it, and lets `bound` say so.
    private func confirmation(
        _ reader: some DiskReader,
        bound: inout StoredBound
    ) throws(JournalError) -> [DiskOperation] {
        if planted(.foundTailBelieved) { return [] }
        guard bound.position < end, !survey.chain.isEmpty else { return [] }
        let file = DiskFile.segment(end.segment)
        let bytes: [UInt8]
        do {
            bytes = try reader.read(
                file,
                offset: lastBatchStart,
                byteCount: end.offset - lastBatchStart
            )
        } catch { throw .unreadable(error) }
        return [
            .write(file, offset: lastBatchStart, bytes: bytes), .sync(file),
            bound.write(end, batch: lastBatch), bound.sync(),
        ]
    }

    /// Files that neither the log nor its snapshots need.
    private var superfluous: [DiskFile] {
        files.filter { file in
            switch file {
            case .segment(let number): !survey.chain.contains { $0.segment == number }
            case .snapshot(let id): !choice.kept.contains { $0.id == id }
            case .snapshotDraft: true
            default: false
            }
        }
    }
}
