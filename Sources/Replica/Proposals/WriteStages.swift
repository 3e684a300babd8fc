internal import Bytes
internal import Consensus

/// Where the writes stand that this leader has proposed: one record for all that were proposed
/// together, so that a write costs nothing of its own.
struct WriteStages: Sendable {
    struct Batch: Sendable {
        let last: LogIndex
        let count: UInt64
        let waitingSince: MonotonicTime
        let proposedAt: MonotonicTime
        var submittedAt: MonotonicTime?
        var durableAt: MonotonicTime?
        var replicatedAt: MonotonicTime?
        var committedAt: MonotonicTime?
    }

    /// How far the member is with its log.
    struct Marks {
        let durable: LogIndex
        /// What a majority would hold if this member held everything.
        let replicated: LogIndex
        let committed: LogIndex
        let applied: LogIndex
    }

    /// Batches beyond are not looked at: something is stuck that others tell of.
    static let batchCountMax = 64

    var batches: [Batch] = []
    /// How many batches, from the first on, the disk was given.
    private var submittedCount = 0

    var isEmpty: Bool { batches.isEmpty }

    var brokenRule: ReplicaRule? {
        batches.count <= Self.batchCountMax && submittedCount <= batches.count
            ? nil : .stagesAreBounded
    }

    /// Entries through `last` were proposed now.
    mutating func proposed(
        _ count: UInt64,
        through last: LogIndex,
        waitingSince: MonotonicTime,
        now: MonotonicTime
    ) {
        guard batches.count < Self.batchCountMax else { return }
        batches.append(
            Batch(last: last, count: count, waitingSince: waitingSince, proposedAt: now)
        )
    }

    /// The log's disk was given everything.
    mutating func submitted(_ now: MonotonicTime) {
        while submittedCount < batches.count {
            batches[submittedCount].submittedAt = now
            submittedCount += 1
        }
    }

    /// Whoever led no longer does: what becomes of its writes is not its to tell.
    mutating func removeAll() {
        batches.removeAll(keepingCapacity: true)
        submittedCount = 0
    }

    /// Notes what the turn brought; what batches took that are through.
    mutating func settle(_ marks: Marks, now: MonotonicTime) -> [Observation] {
        for place in batches.indices {
            let last = batches[place].last
            if batches[place].durableAt == nil, last <= marks.durable {
                batches[place].durableAt = now
            }
            if batches[place].replicatedAt == nil, last <= marks.replicated {
                batches[place].replicatedAt = now
            }
            if batches[place].committedAt == nil, last <= marks.committed {
                batches[place].committedAt = now
            }
        }
        let doneCount = batches.prefix { $0.durableAt != nil && $0.last <= marks.applied }.count
        guard doneCount > 0 else { return [] }
        defer {
            batches.removeFirst(doneCount)
            submittedCount -= min(submittedCount, doneCount)
        }
        return batches.prefix(doneCount).map { .writes($0.times(appliedAt: now)) }
    }
}

extension WriteStages.Batch {
    fileprivate func times(appliedAt now: MonotonicTime) -> WriteTimes {
        let submittedAt = submittedAt ?? proposedAt
        let committedAt = committedAt ?? now
        var times = WriteTimes(count: count)
        times.queue = proposedAt.nanoseconds(since: waitingSince)
        times.append = submittedAt.nanoseconds(since: proposedAt)
        times.fdatasync = (durableAt ?? now).nanoseconds(since: submittedAt)
        times.replicate = (replicatedAt ?? committedAt).nanoseconds(since: proposedAt)
        times.commit = committedAt.nanoseconds(since: proposedAt)
        times.apply = now.nanoseconds(since: committedAt)
        return times
    }
}
