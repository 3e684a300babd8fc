package import Bytes

/// A promise to keep keys, locks and leadership for a while: it lives while it exists and its
/// deadline lies ahead of the cluster clock.
package struct Lease: Hashable, Sendable {
    /// 1 s to 9,000,000,000 s, as in etcd.
    package static let timeToLiveMillisecondsRange: ClosedRange<UInt64> =
        1_000...9_000_000_000_000

    /// What made the lease, and so what ends it early.
    package enum Origin: UInt8, Hashable, Sendable {
        /// A client, by name: it ends when revoked.
        case client = 0
        /// A put with a time to live: it ends with its last key.
        case key = 1
        /// A place in a queue without a lease of the caller's: it ends with the place or the grant.
        case place = 2
    }

    /// What the grant and each keepalive give it.
    package let timeToLiveMilliseconds: UInt64
    /// What made it.
    package let origin: Origin
    /// The last millisecond of the cluster clock in which it lives.
    package internal(set) var deadline: ClusterTime
    /// Who may keep it alive and revoke it, whatever it holds.
    var creator = LeaseCreator.nobody

    /// Whether the lease still counts at `time`, swept or not.
    func isLive(at time: ClusterTime) -> Bool { time < Self.end(at: deadline) }

    /// When a lease of that deadline is over: a millisecond later. The clock shows whole
    /// milliseconds of which any part may be gone, so what is granted at a time was granted up to
    /// one after it; ended when the clock shows the deadline, a lease would end by as much too
    /// early.
    static func end(at deadline: ClusterTime) -> ClusterTime {
        if planted(.leaseEndsWithinItsMillisecond) { return deadline }
        return deadline.advanced(byMilliseconds: 1)
    }

    /// What is left at `time` for certain, 0 when the lease is over.
    func remainingMilliseconds(at time: ClusterTime) -> UInt64 {
        deadline > time ? deadline.rawValue - time.rawValue : 0
    }

    /// The lease as a client sees it at `time`.
    func standing(_ id: LeaseID, at time: ClusterTime) -> LeaseStanding {
        LeaseStanding(
            id: id,
            timeToLiveMilliseconds: timeToLiveMilliseconds,
            remainingMilliseconds: remainingMilliseconds(at: time)
        )
    }
}

/// A lease as its owner sees it at one time.
package struct LeaseStanding: Hashable, Sendable {
    /// The lease.
    package let id: LeaseID
    /// What each keepalive gives it.
    package let timeToLiveMilliseconds: UInt64
    /// What is left until its deadline.
    package let remainingMilliseconds: UInt64

    package init(id: LeaseID, timeToLiveMilliseconds: UInt64, remainingMilliseconds: UInt64) {
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.remainingMilliseconds = remainingMilliseconds
    }
}
