internal import Bytes

/// Watches what the log's disk takes: a leader that can't write must not lead where another could,
/// and an operator must know of a disk that is slower than the election timeout.
struct DiskWatchdog: Sendable {
    /// After this much rest the log's bound is worth a sync of its own.
    private static let restMilliseconds: UInt64 = 1000
    /// A slow disk is told so often at most.
    private static let tellMilliseconds: UInt64 = 60_000
    /// A disk that has taken so long for one batch is told of before it is done, and makes the
    /// member unready.
    private static let silenceMilliseconds: UInt64 = 10_000

    /// What a batch may take, in milliseconds: the election timeout.
    private let limit: UInt64
    private(set) var logWrites = MemberStatus.LogWrites()
    var submittedAt: MonotonicTime?
    /// When the batch under way is next found to take too long.
    var warnAt: MonotonicTime?
    var restsSince: MonotonicTime?
    /// The slowest batch beyond the limit that nobody was told of, in milliseconds.
    private var untold: UInt64?
    private var tellAt = MonotonicTime(rawValue: 0)

    /// - Parameter limit: what a batch may take, in milliseconds.
    init(limitMilliseconds limit: UInt64) { self.limit = limit }

    /// Whether a batch is with the disk.
    var isWatching: Bool { submittedAt != nil }

    func brokenRule(at now: MonotonicTime) -> ReplicaRule? {
        if isWatching ? restsSince != nil : warnAt != nil { return .diskWorksOrRests }
        return max(submittedAt ?? now, restsSince ?? now) <= now ? nil : .watchIsPast
    }

    mutating func submitted(_ now: MonotonicTime) {
        submittedAt = now
        warnAt = now.advanced(byMilliseconds: limit)
        restsSince = nil
    }

    mutating func completed(_ now: MonotonicTime) {
        if let submittedAt {
            let took = now.nanoseconds(since: submittedAt)
            let isSlow = took > limit * 1_000_000
            logWrites.add(nanoseconds: took, isSlow: isSlow)
            if isSlow { untold = max(untold ?? 0, took / 1_000_000) }
        }
        submittedAt = nil
        warnAt = nil
        restsSince = now
    }

    /// True for each batch that takes longer than the limit, and again after each further one.
    mutating func isStalled(now: MonotonicTime) -> Bool {
        guard let warnAt, now >= warnAt else { return false }
        self.warnAt = now.advanced(byMilliseconds: limit)
        return true
    }

    /// Whether the disk has had a batch for so long that nothing more is expected of it.
    func isSilent(now: MonotonicTime) -> Bool { silence(now) > 0 }

    /// What the batch under way has taken, in milliseconds, if that is a silence.
    private func silence(_ now: MonotonicTime) -> UInt64 {
        let age = submittedAt.map { now.nanoseconds(since: $0) / 1_000_000 } ?? 0
        return age >= max(limit, Self.silenceMilliseconds) ? age : 0
    }

    /// What a batch has taken, in milliseconds, if that is too long and it is time to tell it.
    mutating func tell(now: MonotonicTime) -> UInt64? {
        guard untold != nil || warnAt != nil, now >= tellAt else { return nil }
        let slowest = max(untold ?? 0, silence(now))
        guard slowest > 0 else { return nil }
        untold = nil
        tellAt = now.advanced(byMilliseconds: Self.tellMilliseconds)
        return slowest
    }

    /// True once for each time that the log's disk has had nothing to do for a while.
    mutating func hasRested(_ now: MonotonicTime) -> Bool {
        guard let since = restsSince, now >= since.advanced(byMilliseconds: Self.restMilliseconds)
        else { return false }
        restsSince = nil
        return true
    }

    /// When one of the questions gets another answer.
    var deadline: MonotonicTime? {
        warnAt ?? restsSince?.advanced(byMilliseconds: Self.restMilliseconds)
    }
}
