internal import Bytes
internal import Consensus
internal import Keyspace

/// What a leader proposes by itself so that all members share it: the settings, once, and how far
/// its wall clock is ahead of the cluster clock, whenever that has moved.
struct SharedStateProposals: Sendable {
    /// An offset that differs by less from the one in force is let be, in milliseconds.
    static let driftMilliseconds: UInt64 = 100

    private struct Reading: Sendable {
        let milliseconds: UInt64
        let at: MonotonicTime
    }

    private var reading: Reading?
    /// The last proposal's entry.
    private var proposed: EntryID?

    init() {}

    /// The host's wall clock shows so many milliseconds since 1970.
    mutating func note(wallClock milliseconds: UInt64, now: MonotonicTime) {
        reading = Reading(milliseconds: milliseconds, at: now)
    }

    mutating func note(proposed id: EntryID) { proposed = id }

    /// Whether the last proposal may still be applied.
    func isUnderWay(in term: Term, applied: LogIndex) -> Bool {
        proposed.map { $0.term == term && $0.index > applied } ?? false
    }

    /// How far the wall clock is ahead of a cluster clock that shows `time` at `now`, if that
    /// differs from what is in force by enough; nil without a reading.
    func dueOffset(
        from time: ClusterTime,
        now: MonotonicTime,
        inForce: Int64?
    ) -> Int64? {
        guard let reading else { return nil }
        let passed = now.nanoseconds(since: reading.at) / 1_000_000
        let (wallClock, overflowed) = reading.milliseconds.addingReportingOverflow(passed)
        guard !overflowed, wallClock <= UInt64(Int64.max), time.rawValue <= UInt64(Int64.max)
        else { return nil }
        let offset = Int64(wallClock) - Int64(time.rawValue)
        guard let inForce else { return offset }
        let (drift, tooFar) = offset.subtractingReportingOverflow(inForce)
        return tooFar || drift.magnitude >= Self.driftMilliseconds ? offset : nil
    }
}
