/// A point on one process's monotonic clock, in nanoseconds. Means nothing to another process.
public struct MonotonicTime: OrderedInteger {
    /// Nanoseconds since the clock's origin.
    public let rawValue: UInt64

    /// A point `rawValue` nanoseconds after the clock's origin.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The point `nanoseconds` later; stops at the clock's end instead of wrapping.
    public func advanced(byNanoseconds nanoseconds: UInt64) -> MonotonicTime {
        let (sum, overflowed) = rawValue.addingReportingOverflow(nanoseconds)
        return MonotonicTime(rawValue: overflowed ? .max : sum)
    }

    /// The point `milliseconds` later; stops at the clock's end instead of wrapping.
    public func advanced(byMilliseconds milliseconds: UInt64) -> MonotonicTime {
        let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        return advanced(byNanoseconds: overflowed ? .max : product)
    }

    /// Nanoseconds since `earlier`; 0 when that lies ahead.
    public func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }
}
