internal import Bytes

/// How long a disk takes for what the log gets: the time from handing entries over until they are
/// known to be durable, measured for one write at a time.
///
/// The measure is of the latest write that is done; a write under way counts by its age, as soon as
/// that is more.
struct WritePace: Sendable {
    /// What a wait grows by for a slow disk, at most, as a number of election timeouts: one that
    /// is slower may have stood still only once.
    static let timeoutCountMax: UInt64 = 20

    /// The write that is measured: the last index in it, and when it was handed over.
    private var underWay: (through: LogIndex, since: MonotonicTime)?
    /// What the latest write that was measured took, in nanoseconds; nil before the first.
    private(set) var latest: UInt64?

    /// Entries through `index` are handed over; measured if no other write is.
    mutating func begin(through index: LogIndex, now: MonotonicTime) {
        if underWay == nil { underWay = (index, now) }
    }

    /// Everything through `index` is durable.
    mutating func reached(_ index: LogIndex, now: MonotonicTime) {
        guard let write = underWay, index >= write.through else { return }
        latest = now.nanoseconds(since: write.since)
        underWay = nil
    }

    /// Entries after `index` are not wanted any more.
    mutating func cut(after index: LogIndex) {
        guard let write = underWay else { return }
        underWay?.through = min(index, write.through)
    }

    /// Whatever was under way will not be answered.
    mutating func abandon() { underWay = nil }

    /// What a write takes as far as it is known, in nanoseconds; 0 before anything is.
    func estimate(now: MonotonicTime) -> UInt64 {
        max(latest ?? 0, underWay.map { now.nanoseconds(since: $0.since) } ?? 0)
    }

    /// What a wait for a write grows by, in nanoseconds, where an election timeout has `timeout`
    /// nanoseconds.
    func allowance(timeout: UInt64, now: MonotonicTime) -> UInt64 {
        min(estimate(now: now), timeout * Self.timeoutCountMax)
    }

    /// Whether the latest write took less than that, and the one under way has not taken it yet.
    func isBelow(_ nanoseconds: UInt64, now: MonotonicTime) -> Bool {
        latest != nil && estimate(now: now) < nanoseconds
    }
}
