internal import Bytes

/// Whether a member is worth a call, as a value: one that failed several times in a row is left out
/// for a while, then tried by one call at a time.
struct CircuitBreaker: Sendable {
    private static let failureCountMax = 3
    private static let restMillisecondsMin: UInt64 = 500
    private static let restMillisecondsMax: UInt64 = 10_000

    private var failureCount = 0
    private var restMilliseconds = Self.restMillisecondsMin
    /// From when on one call tries it; nil while it is well.
    private(set) var triedAt: MonotonicTime?

    /// Whether a call may go there; where it was left out, this call is the one that tries it.
    mutating func admits(now: MonotonicTime) -> Bool {
        guard let time = triedAt else { return true }
        guard now >= time else { return false }
        triedAt = now.advanced(byMilliseconds: restMilliseconds)
        return true
    }

    /// An answer, whatever it says.
    mutating func succeeded() { self = CircuitBreaker() }

    /// No answer.
    ///
    /// - Parameter jitter: shortens the time in which it is left out by up to a half.
    mutating func failed(now: MonotonicTime, jitter: inout SplitMix64) {
        failureCount += 1
        guard failureCount >= Self.failureCountMax else { return }
        let rest = restMilliseconds - jitter.next(upperBound: restMilliseconds / 2)
        triedAt = now.advanced(byMilliseconds: rest)
        restMilliseconds = min(restMilliseconds * 2, Self.restMillisecondsMax)
    }
}
