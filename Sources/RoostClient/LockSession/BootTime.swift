package import Bytes
internal import Platform

/// A point on CLOCK_BOOTTIME, in nanoseconds since the machine started: the same for every process
/// of the machine, and it goes on while the machine sleeps.
///
/// A lease ends by the service's clock whether this machine sleeps or not, so nothing else may
/// measure how long one is to be believed.
package struct BootTime: OrderedInteger {
    /// Nanoseconds since the machine started.
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The point `nanoseconds` later; stops at the clock's end instead of wrapping.
    package func advanced(byNanoseconds nanoseconds: UInt64) -> BootTime {
        let (sum, overflowed) = rawValue.addingReportingOverflow(nanoseconds)
        return BootTime(rawValue: overflowed ? .max : sum)
    }

    /// The point `nanoseconds` before; stops at the machine's start.
    package func earlier(byNanoseconds nanoseconds: UInt64) -> BootTime {
        BootTime(rawValue: rawValue > nanoseconds ? rawValue - nanoseconds : 0)
    }

    /// Nanoseconds since `earlier`; 0 when that lies ahead.
    package func nanoseconds(since earlier: BootTime) -> UInt64 {
        rawValue > earlier.rawValue ? rawValue - earlier.rawValue : 0
    }
}

extension BootTime {
    /// Now, by CLOCK_BOOTTIME.
    package static var now: BootTime { BootTime(rawValue: Clock.bootTimeNow().rawValue) }

    /// About when this comes on the clock that waits are measured by. That clock stands still while
    /// the machine sleeps, so the wait is at most a second: a deadline that passed in sleep is met
    /// within a second of waking.
    package var onMonotonicClock: MonotonicTime {
        let rest = min(nanoseconds(since: .now), 1_000_000_000)
        return Clock.monotonicNow().advanced(byNanoseconds: rest)
    }
}
