package import Bytes

/// A promise to keep keys, locks and leadership for a while: it lives while it exists and its
/// deadline lies ahead of the cluster clock.
package struct Lease: Hashable, Sendable {
    /// 1 s to 30 d.
    package static let timeToLiveMillisecondsRange: ClosedRange<UInt64> =
        1_000...30 * 24 * 3_600_000

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
    /// It lives while the cluster clock is before this.
    package internal(set) var deadline: ClusterTime

    /// Whether the lease still counts at `time`, swept or not.
    func isLive(at time: ClusterTime) -> Bool { deadline > time }

    /// What is left at `time`, 0 when the lease is over.
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
