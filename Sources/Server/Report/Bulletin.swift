internal import Bytes
internal import Replica

/// Decides when an operator is told that the member serves, or that it does not: each change once,
/// and only when it has lasted.
///
/// An election takes a few hundred milliseconds, and a bad network may bring many in a row: the more
/// changes were told of late, the longer the next one has to last.
struct Bulletin {
    /// What can be told of a member.
    enum Standing: Hashable {
        /// It has joined, has a quorum and is caught up: what `/readyz` says.
        case ready
        /// Fewer than a majority of the voters are heard, itself included.
        case lostQuorum
        /// Enough are heard, but none leads.
        case noLeader
        case unready(Unreadiness)
    }

    /// A change that ends before that was none.
    static let lastingMillisecondsMin: UInt64 = 1_000
    /// What the time grows to when changes go on and on.
    static let lastingMillisecondsMax: UInt64 = 30_000
    /// After so long without a change the next is told early again.
    private static let calmMilliseconds: UInt64 = 60_000
    /// A member that starts is expected to need some time.
    static let startMilliseconds: UInt64 = 3_000
    /// How often a member that serves is looked at.
    private static let lookMilliseconds: UInt64 = 100

    /// Nil until something was told.
    private(set) var told: Standing?
    private var seen: Standing?
    private var seenSince: MonotonicTime
    private var lastingMilliseconds = lastingMillisecondsMin
    private var lookAt: MonotonicTime

    init(startedAt: MonotonicTime) {
        seenSince = startedAt
        lookAt = startedAt
    }

    /// Whether the member's standing should be looked at now. One that starts is looked at all the
    /// time: its first `ready` is waited for.
    ///
    /// - Complexity: O(1)
    func isDue(_ now: MonotonicTime) -> Bool { told == nil || now >= lookAt }

    /// Takes in what the member's standing is now; what is to be told, if anything is.
    mutating func look(_ standing: Standing, now: MonotonicTime) -> Standing? {
        lookAt = now.advanced(byMilliseconds: Self.lookMilliseconds)
        if seen != standing {
            // When a member that was ready, or never was, is unready for another reason than
            // before, that is not another change.
            let isChange = (seen == .ready) != (standing == .ready) || isUnreadyTold
            if isChange {
                let calm = seenSince.advanced(byMilliseconds: Self.calmMilliseconds)
                if now >= calm { lastingMilliseconds = Self.lastingMillisecondsMin }
                seenSince = now
            }
            seen = standing
        }
        let patience = patience(standing)
        guard standing != told, now >= seenSince.advanced(byMilliseconds: patience) else {
            return nil
        }
        if standing == .ready, told != nil {
            lastingMilliseconds = min(patience * 2, Self.lastingMillisecondsMax)
        }
        told = standing
        return standing
    }

    private var isUnreadyTold: Bool { told != nil && told != .ready }

    private func patience(_ standing: Standing) -> UInt64 {
        guard told == nil else { return lastingMilliseconds }
        return standing == .ready ? 0 : Self.startMilliseconds
    }
}
