package import Bytes
internal import CPlatform

/// The clocks of this machine that Roost reads.
package enum Clock {
    /// CLOCK_MONOTONIC: stands still while the machine is suspended. About 25 ns.
    package static func monotonicNow() -> MonotonicTime {
        MonotonicTime(rawValue: roost_clock_monotonic())
    }

    /// CLOCK_BOOTTIME: goes on while the machine is suspended, so that a client's lease does too.
    package static func bootTimeNow() -> MonotonicTime {
        MonotonicTime(rawValue: roost_clock_boottime())
    }

    /// CLOCK_THREAD_CPUTIME_ID: what the calling thread has used of a processor, in nanoseconds.
    package static func threadNanoseconds() -> UInt64 { roost_clock_thread() }

    /// Seconds since 1970 by the wall clock; for `Date` fields and people only.
    package static func wallSeconds() -> Int64 { roost_clock_wall() }

    /// Milliseconds since 1970 by the wall clock, 0 before; for people only.
    package static func wallMilliseconds() -> UInt64 {
        UInt64(max(0, roost_clock_wall_milliseconds()))
    }
}
