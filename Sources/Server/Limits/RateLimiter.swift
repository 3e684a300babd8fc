internal import Bytes

/// Lets things happen at a rate, and a second's worth of them at once: the generic cell rate
/// algorithm (ITU-T I.371, A.1), which is a token bucket without a timer.
struct RateLimiter: Hashable {
    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    /// When all that happened would have at the steady rate.
    private var paidUntil = MonotonicTime(rawValue: 0)

    init() {}

    /// Whether one more may happen now.
    ///
    /// - Parameter rate: a second; 0 for any.
    func admits(at rate: UInt64, now: MonotonicTime) -> Bool {
        rate == 0 || paidUntil.nanoseconds(since: now) < Self.nanosecondsPerSecond
    }

    /// Counts what happened, be it more than is admitted: what follows waits for it.
    ///
    /// - Parameter count: how much.
    mutating func charge(_ count: UInt64, at rate: UInt64, now: MonotonicTime) {
        guard rate > 0 else { return }
        let (cost, overflows) = count.multipliedReportingOverflow(by: Self.nanosecondsPerSecond)
        let nanoseconds = overflows ? UInt64.max / 2 : cost / rate
        paidUntil = max(paidUntil, now).advanced(byNanoseconds: nanoseconds)
    }

    /// After how many seconds one more is admitted, rounded up; at least one.
    func retryAfterSeconds(now: MonotonicTime) -> UInt64 {
        let ahead = paidUntil.nanoseconds(since: now)
        guard ahead > Self.nanosecondsPerSecond else { return 1 }
        return (ahead - Self.nanosecondsPerSecond) / Self.nanosecondsPerSecond + 1
    }

    /// Whether it is as good as new.
    func isIdle(now: MonotonicTime) -> Bool { paidUntil <= now }
}
