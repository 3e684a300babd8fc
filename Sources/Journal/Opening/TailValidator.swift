internal import Bytes
internal import Consensus

/// Tells damage from an end that was never acknowledged by the durable bound: the greater of what
/// `bound` says and what valid records after the end prove.
struct TailValidator<Reader: DiskReader> {
    let reader: Reader
    let bound: StoredBound
    let survey: SegmentScan
    /// Where the log's last valid record ends.
    let end: LogPosition

    /// How the log's end may be gone on from; throws where something durable is missing.
    func judge(
        _ ending: LogReplay<Reader>.Ending,
        isSegmentEnded: Bool
    ) throws(JournalError) -> LogTail.Continuation {
        for stray in survey.strays { try judgeStray(stray) }
        guard let last = survey.chain.last else {
            guard bound.position.offset == 0 else { throw missing(bound.position.segment) }
            return .inNextSegment(.beginning)
        }
        let reason =
            switch ending {
            case .complete: Damage.Reason.outOfOrder
            case .fault(let reason): reason
            }
        let damage = Damage(file: .segment(end.segment), offset: end.offset, reason: reason)
        if planted(.corruptLogTruncated) { return .inNextSegment(.cut) }
        if end < bound.position {
            if bound.position.segment == end.segment { throw .damaged(damage) }
            throw missing(bound.position.segment)
        }
        if isSegmentEnded { return .inNextSegment(.rolled) }
        var stream = try SegmentStream(reader, segment: last.segment)
        let isBlank = try stream.isBlank(
            from: end.offset,
            segmentByteCount: last.segmentByteCount
        )
        if isBlank { return .inOpenSegment }
        if try stream.proof(after: end.offset) != nil { throw .damaged(damage) }
        return .inNextSegment(.cut)
    }

    /// A segment without a valid header was prepared or being opened when the process ended,
    /// unless something proves that its header was durable.
    private func judgeStray(_ stray: SegmentScan.Stray) throws(JournalError) {
        let file = DiskFile.segment(stray.segment)
        var stream = try SegmentStream(reader, segment: stray.segment)
        let reason = stray.fault.reason(fileByteCount: stream.fileByteCount)
        let damage = Damage(file: file, offset: 0, reason: reason)
        if reason == .misplaced || reason == .unknownFormat { throw .damaged(damage) }
        if bound.position.segment == stray.segment, bound.position.offset > 0 {
            throw .damaged(damage)
        }
        if try stream.proof(after: 0) != nil { throw .damaged(damage) }
    }

    private func missing(_ segment: UInt64) -> JournalError {
        .damaged(Damage(file: .segment(segment), offset: 0, reason: .missing))
    }
}
