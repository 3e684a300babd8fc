/// Everything that changes the keyspace.
package enum Command: Hashable, Sendable {
    case put(Put)
    /// Creates `PARENT/0000000001`, ten digits or more, never reused under this parent.
    case createChild(parent: Key, value: [UInt8], lease: LeaseAttachment)
    /// Deletes every key of the range.
    ///
    /// - Parameter condition: of the key that the range names, be it the root of a subtree; none for
    ///   an interval.
    case delete(KeyRange, condition: KeyCondition)
    case transaction(Transaction)
    /// Makes a whole subtree what it says, at one revision.
    case writeTree(TreeWrite)
    /// Grants a lease: under that id, or one of the store's choice where it is nil.
    case grantLease(LeaseID?, timeToLiveMilliseconds: UInt64)
    /// At most `keepAliveCountMax`, batched by the member that they reach; a lease that is gone or
    /// past its deadline is not revived.
    case keepAlive([LeaseID])
    case revokeLease(LeaseID)
    indirect case acquire(LockRequest)
    /// The end of a wait, or a broken connection: leaves the queue. `.heldToo` also gives up the
    /// grant if it came first ("gone"), `.queuedOnly` keeps it ("won").
    case abandon(Contest, lease: LeaseID, Abandonment)
    case release(Contest, Release)
    case proclaim(election: [UInt8], token: FencingToken, value: [UInt8])
    /// Forgets history before `revision`.
    case compact(Revision)
    /// Changes what all members share.
    case changeSettings(SettingsChange)
    /// Says how far the leader's wall clock is ahead of the cluster clock, in milliseconds.
    case setWallClock(offsetMilliseconds: Int64)
    /// Raises what `apply` means to that level: every member knows it.
    case raiseFeatureLevel(to: UInt64)
    /// Keeps the level from rising, or lets it rise again. Not before the second level.
    case holdFeatureLevel(FeatureLevel.Hold)
    /// Gives an order about the cluster's members, or goes on with one.
    case orderMembers(MemberOrderStep)
    /// Changes who may do what. Not before the third level.
    case changeAccess(AccessChange)
    /// Sets or removes the quota of a subtree. Not before the fourth level.
    indirect case changeQuota(QuotaChange)
    /// Sets or removes a guard. Not before the fourth level.
    case changeGuard(GuardChange)
    /// Chooses who leads next. Not before the fourth level.
    ///
    /// - Parameter to: the lease of a candidate; nil is the first in turn.
    indirect case handOver(
        election: [UInt8],
        token: FencingToken,
        to: LeaseID?,
        withinMilliseconds: UInt64
    )
    /// Changes a counter. Not before the fourth level.
    case count([UInt8], CounterChange)
    /// A step of a queue. Not before the fourth level.
    indirect case queue(QueueRequest)
    /// A step of a barrier. Not before the fourth level.
    indirect case barrier(BarrierRequest)

    /// The most leases of one `keepAlive`.
    package static let keepAliveCountMax = 16_384
}

/// What ties a key's life to a lease.
package enum LeaseAttachment: Hashable, Sendable {
    case none
    case lease(LeaseID)
    /// A new lease of the key's own.
    case own(timeToLiveMilliseconds: UInt64)
}

/// If-Match and If-None-Match: what must hold for the key as it is.
package enum KeyCondition: Hashable, Sendable {
    case none
    case exists
    case absent
    case modRevision(Revision)
    /// At one of these revisions; they rise. With none of them, nothing meets it.
    case oneOf([Revision])
    /// At none of these revisions; they rise.
    case noneOf([Revision], missing: Missing)

    /// Whether a key that is not there meets it.
    package enum Missing: UInt8, Hashable, Sendable {
        case meets = 0
        case fails = 1
    }

    /// The most revisions of one condition.
    package static let revisionCountMax = 64
}

/// Gives a key a value.
package struct Put: Hashable, Sendable {
    /// Not at or below `/.roost`.
    package let key: Key
    /// Any bytes, at most `ClusterSettings.valueByteCountMax`.
    package let value: [UInt8]
    /// Without one, the key is untied from the lease it had.
    package let lease: LeaseAttachment
    /// What must hold for the key as it is.
    package let condition: KeyCondition

    package init(key: Key, value: [UInt8], lease: LeaseAttachment, condition: KeyCondition) {
        self.key = key
        self.value = value
        self.lease = lease
        self.condition = condition
    }
}
