package import Bytes

/// When which request is due.
///
/// With a rate, the n-th request is due at its time whatever became of those before it, and its
/// latency counts from then: a server that stalls cannot hide it by not being asked (Tene's
/// "coordinated omission"). Without one, a request is due whenever a connection is free.
package struct Schedule: Sendable {
    /// One request's place in time.
    package struct Slot: Hashable, Sendable {
        package let intendedAt: MonotonicTime
        /// Whether it belongs to what is measured.
        package let isCounted: Bool
    }

    package let begin: MonotonicTime
    package let countedFrom: MonotonicTime
    /// No request is due from here on.
    package private(set) var end: MonotonicTime
    private let rate: UInt64?
    private let countedMax: UInt64?
    private var issuedCount: UInt64 = 0
    private var countedCount: UInt64 = 0
    private var isStopped = false

    /// - Parameter rate: requests a second, at least 1; nil for as many as connections are free.
    package init(
        _ extent: BenchOptions.Extent,
        warmUpMilliseconds: UInt64,
        rate: UInt64?,
        now: MonotonicTime
    ) {
        begin = now
        countedFrom = now.advanced(byMilliseconds: warmUpMilliseconds)
        self.rate = rate
        switch extent {
        case .milliseconds(let milliseconds):
            end = countedFrom.advanced(byMilliseconds: milliseconds)
            countedMax = nil
        case .requests(let count):
            end = MonotonicTime(rawValue: .max)
            countedMax = count
        }
    }

    /// When the next request is due if it has a time of its own.
    package var nextDue: MonotonicTime? {
        guard let rate, !isComplete else { return nil }
        let (high, low) = issuedCount.multipliedFullWidth(by: 1_000_000_000)
        guard high < rate else { return end }
        return begin.advanced(byNanoseconds: rate.dividingFullWidth((high, low)).quotient)
    }

    private var isComplete: Bool {
        isStopped || countedMax.map { countedCount >= $0 } ?? false
    }

    /// Takes a request that is due now; nil when there is none.
    package mutating func take(_ now: MonotonicTime) -> Slot? {
        guard !isComplete else { return nil }
        let due = nextDue ?? now
        guard due <= now, due < end else { return nil }
        issuedCount += 1
        let isCounted = due >= countedFrom
        if isCounted { countedCount += 1 }
        return Slot(intendedAt: due, isCounted: isCounted)
    }

    /// Whether no request will be due any more.
    package func isExhausted(_ now: MonotonicTime) -> Bool {
        isComplete || (nextDue ?? now) >= end
    }

    /// Whether it goes on until so many requests were made, without an end in time.
    package var isOpenEnded: Bool { end.rawValue == .max }

    /// Ends it now; what is late is not made up for.
    package mutating func stop(_ now: MonotonicTime) {
        end = min(end, now)
        isStopped = true
    }

    /// Requests that came due and were not taken: what a number of them still lacks, or what a rate
    /// asked for until the end; 0 where none has a time of its own.
    package var unsentCount: UInt64 {
        if isOpenEnded, let countedMax { return countedMax - countedCount }
        guard let rate else { return 0 }
        let (high, low) = end.nanoseconds(since: begin).multipliedFullWidth(by: rate)
        guard high < 1_000_000_000 else { return 0 }
        let (dueCount, rest) = UInt64(1_000_000_000).dividingFullWidth((high, low))
        let count = dueCount + (rest > 0 ? 1 : 0)
        return count - min(issuedCount, count)
    }
}
