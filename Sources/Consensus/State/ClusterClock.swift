internal import Bytes

/// The leader's reading of the cluster clock, which stamps every entry. It starts at the time of
/// the last entry of its own log and never goes back; what one reading may add is capped, so that
/// the gap of a leader that was paused stands still.
struct ClusterClock: Sendable {
    /// While leases exist, entries are at most this far apart.
    static let tickMilliseconds: UInt64 = 500
    /// Times beyond it (2^43 ms, 278 years) are refused when they arrive: in nanoseconds they still fit.
    static let highest = ClusterTime(rawValue: 1 << 43)

    private var nanoseconds: UInt64
    private var lastRead: MonotonicTime
    private let stepNanosecondsMax: UInt64

    /// A clock that goes on from the last entry of the leader's log.
    init(from time: ClusterTime, now: MonotonicTime, timing: Timing) {
        nanoseconds = min(time, Self.highest).rawValue * 1_000_000
        lastRead = now
        stepNanosecondsMax = timing.electionTimeoutNanoseconds
    }

    /// Lets the clock go on to `now`, by an election timeout at most.
    mutating func read(_ now: MonotonicTime) -> ClusterTime {
        nanoseconds += min(now.nanoseconds(since: lastRead), stepNanosecondsMax)
        if planted(.clockCountsTwice) { return time }
        lastRead = max(lastRead, now)
        return time
    }

    /// What a reading at `now` will show.
    func time(at now: MonotonicTime) -> ClusterTime {
        let passed = min(now.nanoseconds(since: lastRead), stepNanosecondsMax)
        return ClusterTime(rawValue: (nanoseconds + passed) / 1_000_000)
    }

    /// What the last reading showed.
    var time: ClusterTime { ClusterTime(rawValue: nanoseconds / 1_000_000) }

    /// When a reading will show `time`, if the clock is read often enough until then.
    func moment(of time: ClusterTime) -> MonotonicTime {
        let (target, overflowed) = time.rawValue.multipliedReportingOverflow(by: 1_000_000)
        guard !overflowed else { return MonotonicTime(rawValue: .max) }
        return lastRead.advanced(byNanoseconds: target > nanoseconds ? target - nanoseconds : 0)
    }
}
