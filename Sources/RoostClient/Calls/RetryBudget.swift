internal import Bytes

/// How often calls may be repeated, as a value: a tenth of the calls, and twenty a second, so that
/// retries of many cannot flood members that are in need. One beyond that waits; none is refused.
struct RetryBudget: Sendable {
    private static let nanosecondsARetry: UInt64 = 50_000_000
    /// So many can be saved up.
    private static let retryCountMax: UInt64 = 100
    private static let savingsMax = nanosecondsARetry * retryCountMax
    private static let callsARetry: UInt64 = 10

    /// When the next retry would be due if none were saved up.
    private var dueAt: MonotonicTime

    /// Everything is saved up.
    init(now: MonotonicTime) {
        dueAt = MonotonicTime(rawValue: Self.floor(now))
    }

    private static func floor(_ now: MonotonicTime) -> UInt64 {
        now.rawValue > savingsMax ? now.rawValue - savingsMax : 0
    }

    /// A call that is no retry.
    mutating func saveForCall(now: MonotonicTime) {
        let saved = Self.nanosecondsARetry / Self.callsARetry
        let due = dueAt.rawValue > saved ? dueAt.rawValue - saved : 0
        dueAt = MonotonicTime(rawValue: max(due, Self.floor(now)))
    }

    /// Spends one retry; the time from which on it may be made.
    mutating func spend(now: MonotonicTime) -> MonotonicTime {
        let due = max(dueAt.rawValue, Self.floor(now))
        dueAt = MonotonicTime(rawValue: due).advanced(byNanoseconds: Self.nanosecondsARetry)
        return max(now, MonotonicTime(rawValue: due))
    }
}
