internal import Bytes
internal import Keyspace

/// Leases of users and what they hold, as the commands make them: in the plainest way.
struct LeaseModel {
    /// A use of a lease that is asked for.
    enum Use {
        /// To keep it alive, and what it holds with it.
        case keeping
        /// To end it, or to tie something more to it.
        case changing
    }

    /// What has to come of it.
    enum Verdict {
        case granted
        /// Whoever made it may not have what it holds any more.
        case withoutRight
        /// It is another's.
        case strangers
        /// The lease has ended.
        case over
        case open
    }

    private struct Lease {
        /// Nil once that user was removed.
        var creator: AccessName?
        let timeToLiveMilliseconds: UInt64
        var end: ClusterTime
        /// Whether it holds the users' lock, or waits for it.
        var place = Place.none
    }

    private enum Place {
        case none
        case certain
        /// A waiter may have been turned away.
        case possible
    }

    /// Those of which everything is known.
    private var leases: [LeaseID: Lease] = [:]
    private var ties: [Key: LeaseID] = [:]

    init() {}

    mutating func make(_ grant: AccessAct.Grant, by creator: AccessName, at time: ClusterTime) {
        leases[grant.lease] = Lease(
            creator: creator,
            timeToLiveMilliseconds: grant.timeToLiveMilliseconds,
            end: time.advanced(byMilliseconds: grant.timeToLiveMilliseconds)
        )
    }

    mutating func disown(_ name: AccessName) {
        for (id, lease) in leases where lease.creator == name { leases[id]?.creator = nil }
    }

    // MARK: What comes of a use

    /// - Parameters:
    ///   - name: who asks; nil where anybody may.
    ///   - may: whether who asks may have that.
    func judge(
        _ id: LeaseID,
        for use: Use,
        by name: AccessName?,
        at time: ClusterTime,
        may: (AccessReplay.Want) -> Bool
    ) -> Verdict {
        guard let lease = leases[id] else { return .open }
        guard time <= lease.end else { return .over }
        guard let name else { return .granted }
        let keys = ties.filter { $0.value == id }.map(\.key)
        let mayHaveKeys = keys.allSatisfy { may(.write($0)) }
        func verdict(holdsLock: Bool) -> Verdict {
            let isOwn = lease.creator == name
            if isOwn, use == .changing { return .granted }
            let holdsAny = holdsLock || !keys.isEmpty
            guard mayHaveKeys, !holdsLock || may(.lock(Principals.lock.name)) else {
                return isOwn ? .withoutRight : .strangers
            }
            return isOwn || holdsAny ? .granted : .strangers
        }
        switch lease.place {
        case .none: return verdict(holdsLock: false)
        case .certain: return verdict(holdsLock: true)
        case .possible:
            let (holding, free) = (verdict(holdsLock: true), verdict(holdsLock: false))
            return holding == free ? holding : .open
        }
    }

    // MARK: What it does

    mutating func keep(_ id: LeaseID, at time: ClusterTime) {
        guard let lease = leases[id] else { return }
        leases[id]?.end = time.advanced(byMilliseconds: lease.timeToLiveMilliseconds)
    }

    /// The key is written, and tied to that lease alone, if to any.
    mutating func tie(_ key: Key, to lease: LeaseID?) { ties[key] = lease }

    /// It asked for the lock.
    mutating func takePlace(_ id: LeaseID, answer: LockAnswer) {
        leases[id]?.place = answer == .granted ? .certain : .possible
    }

    /// It gave the lock back.
    mutating func leavePlace(_ id: LeaseID) { leases[id]?.place = .none }

    mutating func end(_ id: LeaseID) { leases[id]?.end = .zero }

    /// Whether it did that is not known, and so not what becomes of it, nor of the lease to which the
    /// key was tied.
    mutating func doubt(_ id: LeaseID, tying keys: [Key]) {
        leases[id] = nil
        for key in keys { if let before = ties.removeValue(forKey: key) { leases[before] = nil } }
    }

    /// What whoever asked for a lock was told.
    enum LockAnswer {
        case granted
        case another
    }
}
