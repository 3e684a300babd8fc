package import Bytes
internal import CPlatform

/// The three clocks of this machine that Roost reads.
package enum Clock {
    /// CLOCK_MONOTONIC: stands still while the machine is suspended. About 25 ns.
    package static func monotonicNow() -> MonotonicTime {
        MonotonicTime(rawValue: roost_clock_monotonic())
    }

    /// CLOCK_BOOTTIME: goes on while the machine is suspended, so that a client's lease does too.
    package static func bootTimeNow() -> MonotonicTime {
        MonotonicTime(rawValue: roost_clock_boottime())
    }

    /// Seconds since 1970 by the wall clock; for `Date` fields and people only.
    package static func wallSeconds() -> Int64 { roost_clock_wall() }
}
