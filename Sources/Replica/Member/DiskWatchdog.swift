internal import Bytes

/// Tells when the log's disk does not answer: a leader that can't write must not lead.
struct DiskWatchdog: Sendable {
    /// After this much rest the log's bound is worth a sync of its own.
    private static let restMilliseconds: UInt64 = 1000

    var submittedAt: MonotonicTime?
    var restsSince: MonotonicTime?
    var standing = Standing.answering

    enum Standing: UInt8, Hashable, Sendable {
        case answering = 0
        case stalled = 1
    }

    /// Whether a batch is with the disk.
    var isWatching: Bool { submittedAt != nil }

    func brokenRule(at now: MonotonicTime) -> ReplicaRule? {
        if isWatching ? restsSince != nil : standing == .stalled { return .diskWorksOrRests }
        return max(submittedAt ?? now, restsSince ?? now) <= now ? nil : .watchIsPast
    }

    mutating func submitted(_ now: MonotonicTime) {
        submittedAt = now
        restsSince = nil
    }

    mutating func completed(_ now: MonotonicTime) {
        submittedAt = nil
        restsSince = now
        standing = .answering
    }

    /// True once for each batch that takes longer than `limit` milliseconds.
    mutating func isStalled(longerThan limit: UInt64, now: MonotonicTime) -> Bool {
        guard standing == .answering, let submittedAt,
            now >= submittedAt.advanced(byMilliseconds: limit)
        else { return false }
        standing = .stalled
        return true
    }

    /// True once for each time that the log's disk has had nothing to do for a while.
    mutating func hasRested(_ now: MonotonicTime) -> Bool {
        guard let since = restsSince, now >= since.advanced(byMilliseconds: Self.restMilliseconds)
        else { return false }
        restsSince = nil
        return true
    }

    /// When one of the questions gets another answer.
    func deadline(stallMilliseconds limit: UInt64) -> MonotonicTime? {
        if let restsSince { return restsSince.advanced(byMilliseconds: Self.restMilliseconds) }
        return standing == .answering ? submittedAt?.advanced(byMilliseconds: limit) : nil
    }
}
