internal import Bytes

/// Why a state can't be the beginning of another cluster.
package enum RestoreRefusal: Error, Hashable, Sendable {
    /// Its revision, or its index, would come to more than any may be.
    case beyondNumbers(highest: UInt64, raise: UInt64)
    case raiseOutOfRange(UInt64)
}

extension Keyspace {
    /// How far a restored cluster is ahead of what its backup told, unless somebody says otherwise:
    /// further than any cluster comes between a backup and its loss.
    package static let raiseDefault: UInt64 = 1_000_000_000

    /// The least is what has a watch that saw the backup's last change, and asks for the next, be
    /// told that history is gone.
    package static let raiseRange: ClosedRange<UInt64> = 2...restoredNumberMax

    /// No revision or index is higher after a restore: what is told in JSON stays below 2^53, for as
    /// long as any cluster may live on.
    private static let restoredNumberMax: UInt64 = 1 << 52

    /// Makes the state of a backup that with which another cluster begins. The same state and the
    /// same raise come to the same, wherever that is done.
    ///
    /// Revision and index rise, so that no revision, token and lease that the old cluster gave after
    /// the backup is given a second time with another meaning; history is compacted at the new
    /// revision, so that every watch and cache of an older one is told. Leases that live get their
    /// whole time to live, and with them locks and leadership stay with whom they were. Orders about
    /// the old cluster's members are forgotten, as is what its tokens were signed with, and its wall
    /// clock is unknown until a leader says it.
    ///
    /// - Parameter raise: within `raiseRange`, and above what the old cluster told since the backup.
    /// - Complexity: O(*n* log *n*) in history and leases.
    package mutating func restore(raisedBy raise: UInt64) throws(RestoreRefusal) {
        guard Self.raiseRange.contains(raise) else { throw .raiseOutOfRange(raise) }
        let highest = max(store.revision.rawValue, appliedIndex)
        let (sum, overflows) = highest.addingReportingOverflow(raise)
        guard !overflows, sum <= Self.restoredNumberMax else {
            throw .beyondNumbers(highest: highest, raise: raise)
        }
        if !planted(.restoreKeepsRevision) { store.leap(by: raise) }
        if !planted(.restoreKeepsIndex) { appliedIndex += raise }
        if !planted(.restoreKeepsDeadlines) { leases.restartLiving(at: clock) }
        orders = MemberOrders()
        access.forgetSigningKeys()
        wallClockOffsetMilliseconds = nil
        verify()
    }
}

extension Store {
    /// Goes on at a later revision, without any history.
    ///
    /// - Parameter amount: the sum is a number that a snapshot may hold, and JSON.
    fileprivate mutating func leap(by amount: UInt64) {
        assert(open == nil, KeyspaceRule.changeSetIsClosed.rawValue)
        revision = Revision(rawValue: revision.rawValue + amount)
        compactRevision = revision
        forgetHistory(eventCountMax: .max)
        log = EventLog(end: EventID(revision: revision, sub: 0))
        firstEvent = log.end
        firstPosition = log.start
        if planted(.restoreKeepsHistory) {
            compactRevision = Revision(rawValue: revision.rawValue - amount)
        }
    }
}

extension LeaseTable {
    /// Gives every lease that lives at `time` its whole time to live from then on; what is over
    /// stays so, for it may have been told.
    ///
    /// - Complexity: O(*n* log *n*)
    fileprivate mutating func restartLiving(at time: ClusterTime) {
        for element in leases.elements where element.value.isLive(at: time) {
            restart(element.key, at: time)
        }
    }
}
