internal import Bytes
internal import Consensus

/// What every turn leaves true of the journal's state, much of which is kept twice.
enum JournalRule: String, Sendable {
    case durableEndWithinLog = "the durable end lies beyond what was given"
    case batchBeyondDurable = "a batch number is used twice"
    case submittedEndInOrder = "what is under way ends outside of what it makes durable"
    case boundIsSubmitted = "the bound is not that of the batch under way"
    case idleLogIsDurable = "nothing waits, and the log is not durable through its end"
    case waitingFollowsWritten = "what waits does not begin where the last batch ended"
    case openBytesEndAtEnd = "the open extent does not end where the log does"
    case openSegmentIsLast = "the open segment is not the last one of the map"
    case writtenIsPrepared = "a batch reaches into a segment that was not prepared"
    case marksAreBounded = "a mark is durable and was not told, or is of a later batch"
    case publishedIsBounded = "more snapshots are kept than have a reason"
    case identityIsOne = "the log's end and the journal differ in the identity"
    case runsCoverLog = "the map's terms do not cover the log, rising"
    case pointsRise = "the map's points do not rise, or an entry has none before it"
    case extentsAreContiguous = "the extents that wait are not contiguous"
    case snapshotsRise = "the snapshots are out of order"
    case onePreparation = "two segments are prepared at once, or one out of turn"
}

extension Journal {
    /// Ends the process when a rule is broken, where assertions are checked. Called at the end of
    /// each turn.
    ///
    /// - Complexity: O(*n*) in what the journal holds in memory; O(1) in the build that plants bugs.
    func verify() {
        debugInvariant(brokenRule == nil, why: "journal: \(brokenRule?.rawValue ?? "")")
        assert(brokenScanRule == nil, "journal: \(brokenScanRule?.rawValue ?? "")")
    }

    /// The first broken rule of those that cost a few comparisons.
    var brokenRule: JournalRule? {
        let written = log.submittedEnd ?? durable
        if durable.position > tail.end { return .durableEndWithinLog }
        if written.batch >= tail.currentBatch { return .batchBeyondDurable }
        if let end = log.submittedEnd {
            guard end.position > durable.position, end.position <= tail.end,
                end.batch > durable.batch
            else { return .submittedEndInOrder }
            guard bound.position == end.position, bound.batch == end.batch else {
                return .boundIsSubmitted
            }
        } else if tail.isEmpty, durable.last != map.last || durable.position != tail.end {
            return .idleLogIsDurable
        }
        if let rule = tail.brokenRule(writtenThrough: written.position) { return rule }
        if map.segments.last?.number ?? 0 != tail.end.segment { return .openSegmentIsLast }
        if written.position.segment > preparedThrough || preparedThrough > tail.nextSegment {
            return .writtenIsPrepared
        }
        return shelf.brokenRule(durableBatch: durable.batch, currentBatch: tail.currentBatch)
    }

    /// The first broken rule of those that cost a walk over everything held in memory.
    var brokenScanRule: JournalRule? {
        if tail.identity != identity { return .identityIsOne }
        let preparations = background.preparations
        if preparations.count > 1 || preparations.contains(where: { $0 != preparedThrough + 1 }) {
            return .onePreparation
        }
        return map.brokenRule ?? tail.brokenScanRule ?? shelf.brokenScanRule
    }
}

extension SnapshotInventory {
    func brokenRule(durableBatch: UInt64, currentBatch: UInt64) -> JournalRule? {
        if let first = marking.first, let last = marking.last,
            first.batch <= durableBatch || last.batch > currentBatch
        {
            return .marksAreBounded
        }
        return published.count > Self.keptCount + marking.count ? .publishedIsBounded : nil
    }

    var brokenScanRule: JournalRule? {
        let rise =
            published.isRising { $0.id.index < $1.id.index }
            && awaitingLog.isRising { $0.id.index < $1.id.index }
            && marking.isRising { $0.batch <= $1.batch }
        return rise ? nil : .snapshotsRise
    }
}

extension RandomAccessCollection {
    /// Whether each element stands to the next as `isBefore` says.
    func isRising(_ isBefore: (Element, Element) -> Bool) -> Bool {
        zip(self, dropFirst()).allSatisfy(isBefore)
    }
}
