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

    /// Batches beyond are not looked at: something is stuck that others tell of. A leader with far
    /// followers or a slow disk has hundreds under way.
    static let batchCountMax = 4096

    var batches = Queue<Batch>()
    /// How many batches, from the first on, the disk was given, and so on: each batch is touched
    /// once a stage, however many wait.
    private var submittedCount = 0
    private var durableCount = 0
    private var replicatedCount = 0
    private var committedCount = 0

    var isEmpty: Bool { batches.isEmpty }

    var brokenRule: ReplicaRule? {
        batches.count <= Self.batchCountMax
            && max(submittedCount, durableCount, replicatedCount, committedCount) <= batches.count
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
    mutating func removeAll() { self = WriteStages() }

    /// Notes what the turn brought; what batches took that are through.
    ///
    /// - Complexity: amortised O(1) a batch
    mutating func settle(_ marks: Marks, now: MonotonicTime) -> [Observation] {
        while durableCount < batches.count, batches[durableCount].last <= marks.durable {
            batches[durableCount].durableAt = now
            durableCount += 1
        }
        while replicatedCount < batches.count, batches[replicatedCount].last <= marks.replicated {
            batches[replicatedCount].replicatedAt = now
            replicatedCount += 1
        }
        while committedCount < batches.count, batches[committedCount].last <= marks.committed {
            batches[committedCount].committedAt = now
            committedCount += 1
        }
        var done: [Observation] = []
        while durableCount > 0, let first = batches.first, first.last <= marks.applied {
            _ = batches.popFirst()
            forgetFirst()
            done.append(.writes(first.times(appliedAt: now)))
        }
        return done
    }

    private mutating func forgetFirst() {
        submittedCount -= min(submittedCount, 1)
        durableCount -= min(durableCount, 1)
        replicatedCount -= min(replicatedCount, 1)
        committedCount -= min(committedCount, 1)
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
