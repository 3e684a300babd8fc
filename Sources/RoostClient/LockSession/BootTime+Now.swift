package import Bytes
internal import Platform

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
