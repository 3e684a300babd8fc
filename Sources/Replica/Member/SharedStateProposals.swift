internal import Bytes
internal import Consensus
internal import Keyspace

/// What a host's wall clock showed.
struct WallClockReading: Hashable, Sendable {
    /// Since 1970.
    let milliseconds: UInt64
    let at: MonotonicTime

    /// What it shows at `now`; nil where that is no time.
    func milliseconds(at now: MonotonicTime) -> UInt64? {
        let passed = now.nanoseconds(since: at) / 1_000_000
        let (sum, overflowed) = milliseconds.addingReportingOverflow(passed)
        return overflowed ? nil : sum
    }

    /// How far the wall clock is ahead, at `now`, of a cluster clock that then shows `time`, in
    /// milliseconds; nil where such a number is no offset.
    func offset(from time: ClusterTime, now: MonotonicTime) -> Int64? {
        guard let wallClock = milliseconds(at: now), let wall = Int64(exactly: wallClock),
            let cluster = Int64(exactly: time.rawValue)
        else { return nil }
        return wall - cluster
    }
}

/// What a leader proposes by itself so that all members share it: the settings, once, and how far
/// its wall clock is ahead of the cluster clock, whenever that has moved.
struct SharedStateProposals: Sendable {
    /// An offset that differs by less from the one in force is let be, in milliseconds.
    private static let driftMilliseconds: UInt64 = 100

    /// Whether nothing was looked at since this member leads.
    private var isNew = true
    /// The reading that was looked at last.
    private var seen: WallClockReading?
    /// The last proposal's entry.
    private var proposed: EntryID?

    init() {}

    func brokenRule(isLeading: Bool, term: Term, now: MonotonicTime) -> ReplicaRule? {
        if !isLeading, !isNew { return .sharedIsLed }
        let isPast = proposed?.term ?? .zero <= term && seen?.at ?? now <= now
        return isPast ? nil : .sharedIsPast
    }

    /// Whether anything may have to be proposed: once for each leadership and each reading.
    func isDue(_ reading: WallClockReading?) -> Bool { isNew || reading?.at != seen?.at }

    /// Whether the last proposal may still be applied.
    func isUnderWay(in term: Term, applied: LogIndex) -> Bool {
        proposed.map { $0.term == term && $0.index > applied } ?? false
    }

    /// Nothing had to be proposed.
    mutating func note(seen reading: WallClockReading?) {
        seen = reading
        isNew = false
    }

    /// Another leads, or nobody.
    mutating func rest() { isNew = true }

    /// What had to be is on its way.
    mutating func note(proposed id: EntryID) { proposed = id }

    /// Whether the offset differs enough from the one in force.
    static func hasMoved(_ offset: Int64, from inForce: Int64?) -> Bool {
        guard let inForce else { return true }
        let (drift, tooFar) = offset.subtractingReportingOverflow(inForce)
        return tooFar || drift.magnitude >= driftMilliseconds
    }
}
