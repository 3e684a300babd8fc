/// A point on CLOCK_BOOTTIME, in nanoseconds since the machine started: the same for every process
/// of the machine, and it goes on while the machine sleeps.
///
/// A lease ends by the service's clock whether this machine sleeps or not, so nothing else may
/// measure how long one is to be believed.
package struct BootTime: RawRepresentable, Hashable, Comparable, Sendable {
    /// Nanoseconds since the machine started.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: BootTime, right: BootTime) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The point `nanoseconds` later; stops at the clock's end instead of wrapping.
    package func advanced(byNanoseconds nanoseconds: UInt64) -> BootTime {
        let (sum, overflowed) = rawValue.addingReportingOverflow(nanoseconds)
        return BootTime(rawValue: overflowed ? .max : sum)
    }

    /// Nanoseconds since `earlier`; 0 when that lies ahead.
    package func nanoseconds(since earlier: BootTime) -> UInt64 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }
}
