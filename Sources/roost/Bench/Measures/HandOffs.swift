internal import Bytes

/// How long locks are on their way: from the sending of a release for which others wait to the
/// arrival of the next grant.
struct HandOffs: Sendable {
    private var waiterCounts: [Int]
    /// When the release was sent for which nobody has been granted the lock yet.
    private var releasedAt: [MonotonicTime?]

    init(lockCount: Int) {
        waiterCounts = [Int](repeating: 0, count: lockCount)
        releasedAt = [MonotonicTime?](repeating: nil, count: lockCount)
    }

    /// A lock is asked for.
    mutating func asked(_ lock: Int) { waiterCounts[lock] += 1 }

    /// A lock's release is sent.
    mutating func released(_ lock: Int, now: MonotonicTime) {
        releasedAt[lock] = waiterCounts[lock] > 0 ? now : nil
    }

    /// A question for a lock has its answer, or none will come.
    mutating func answered(_ lock: Int) { waiterCounts[lock] -= 1 }

    /// A lock was granted.
    ///
    /// - Returns: the nanoseconds since it was released; nil when nobody handed it on.
    mutating func granted(_ lock: Int, now: MonotonicTime) -> UInt64? {
        defer { releasedAt[lock] = nil }
        return releasedAt[lock].map { now.nanoseconds(since: $0) }
    }
}
