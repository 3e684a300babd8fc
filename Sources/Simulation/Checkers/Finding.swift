/// A promise to clients that was broken (Docs/guarantees.md), with where to look.
package enum Finding: Hashable, Sendable {
    /// One revision changed different things on two members, or in two lives of one.
    case historiesDiffer(revision: UInt64)
    /// A member showed a revision while one before it had not happened.
    case revisionsSkipped(from: UInt64, to: UInt64)
    /// No order of these keys' operations explains what clients were told.
    case notLinearizable(keys: [Int])
    /// The search for an order was given up.
    case undecided
    /// An operation saw or got an older revision than one that had ended before it began.
    case revisionWentBack(operation: Int, revision: UInt64, after: UInt64)
    /// An acknowledged write is not in history where its client was told.
    case writeLost(operation: Int, revision: UInt64)
    /// A write that was denied is in history.
    case deniedButApplied(operation: Int)
    /// One write took effect at two revisions.
    case appliedTwice(value: UInt64, revision: UInt64, and: UInt64)
    /// A read gave something else than its key held at the revision that it told.
    case wrongValue(operation: Int, revision: UInt64)
    /// A stale read gave something else than its key held at its revision.
    case staleReadOffHistory(key: Int, revision: UInt64)
    /// A member's stale reads went back in history.
    case staleReadWentBack(place: Int, revision: UInt64, after: UInt64)
    /// A watch left out, repeated, changed or reordered an event; the position is history's.
    case watchDiffers(watcher: Int, at: Timeline.Position)
    /// Two could prove at one moment that they held what excludes the other.
    case twoHolders(contest: Int, token: UInt64, other: UInt64)
    /// More could prove at one moment that they held a semaphore than it has permits.
    case tooManyHolders(contest: Int, token: UInt64, count: Int, permits: Int)
    /// A later grant has no higher token.
    case tokenDidNotGrow(contest: Int, token: UInt64, after: UInt64)
    /// Somebody holds with a token that no member granted.
    case tokenWithoutGrant(contest: Int, token: UInt64)
    /// A guarded write was applied although a newer grant excluded its token.
    case oldTokenWrote(contest: Int, token: UInt64, at: UInt64, after: UInt64)
    /// What is guarded by a lock was written without a token.
    case unguardedWrite(contest: Int)
    /// A waiter was granted after its lease had ended.
    case grantedWithoutLease(contest: Int, token: UInt64, leaseEnd: UInt64)
    /// An observer saw another leader than the one that could prove itself all the while.
    case wrongHolderSeen(contest: Int, token: UInt64, instead: UInt64)
    /// What a lease kept was gone while its owner could rely on it.
    case leaseEndedEarly(lease: UInt64, nanoseconds: UInt64)
    /// A key that no lease keeps was deleted although nobody had asked for it.
    case untiedKeyDeleted(revision: UInt64)
    /// An id was granted while somebody could rely on a lease of that id.
    case leaseGrantedTwice(lease: UInt64)
    /// An id was refused as in use although no lease of that id can have been there.
    case freeLeaseRefused(lease: UInt64)
    /// A lease that was seen to be over was kept alive afterwards.
    case leaseRevived(lease: UInt64)
    /// What a lease kept was still there long after its end.
    case leaseOverstayed(lease: UInt64)
    /// A request for a place was called not applied and is in the log.
    case deniedPlaceApplied(owner: UInt64)
    /// A place was granted after its owner was told that it is given up.
    case givenUpPlaceGranted(owner: UInt64, token: UInt64)
    /// A read of a range gave a key that is not in it.
    case keyOutsideRange(revision: UInt64)
    /// A read of a range gave other records, another order or another count than history has.
    case rangeReadDiffers(revision: UInt64)
    /// A key went for another reason than is told.
    case wrongCause(revision: UInt64)
    /// A version was written at another time, by another author or with another note than is told.
    case wrongProvenance(revision: UInt64)
    /// Two members tell different times, authors or notes of one version.
    case versionsDiffer(revision: UInt64)
    /// A write grew keys and values beyond the quota in force.
    case quotaExceeded(revision: UInt64)
    /// A write was refused for the quota although there was room, or with another count than there
    /// was at that revision.
    case roomRefused(revision: UInt64)
    /// An entry of a user who had no right to it, or had lost it, was carried out.
    case carriedOutWithoutRight(index: UInt64)
    /// A user was refused what it had the right to.
    case rightRefused(index: UInt64)
    /// A user kept the lease of another one alive.
    case strangerKeptLease(index: UInt64)
    /// A user tied something to the lease of another one, or ended it.
    case strangerTiedToLease(index: UInt64)
    /// A user kept its lease alive without the right to what the lease holds.
    case leaseKeptWithoutRight(index: UInt64)
    /// A lease was of use after its end.
    case endedLeaseUsed(index: UInt64)
    /// A lock was granted to a waiter whose right had ended.
    case grantedWithoutRight(index: UInt64)
    /// A user was shown what it had no right to read in the state that it was shown of.
    case shownWithoutRight(index: UInt64)
    /// A watch went on in a state in which its user had no right to it.
    case watchOutlivedRight(index: UInt64)
    /// A waiter lost its place for want of a right that it had.
    case waiterTurnedAway(index: UInt64)
    /// A write grew what lies below a path beyond its quota.
    case subtreeExceeded(revision: UInt64)
    /// A write was refused for the quota of a subtree although there was room, or with another count
    /// than there was at that revision.
    case subtreeRefused(revision: UInt64)
    /// Two sequential children got one number, or a later one no higher number.
    case sequenceWentBack(parent: Int, number: UInt64, after: UInt64)
    /// An item was given out while somebody else had it.
    case itemGivenTwice(index: UInt64)
    /// A queue was called empty although it had an item that could be taken.
    case itemLost(index: UInt64)
    /// An item was given out before one of a higher priority, or an older one of the same.
    case itemOutOfTurn(index: UInt64)
    /// The answer to a step of a queue is not what comes of the log.
    case stepMistold(index: UInt64)
    /// A counter told something else than the sum of what was added to it.
    case miscounted(index: UInt64)
    /// A member showed a queue or a counter as it cannot have been after that entry.
    case standsOtherwise(index: UInt64)
    /// A step of a queue or a counter was called not applied and is in the log.
    case deniedStepApplied(index: UInt64)
    /// A lock or leadership went to a lease that had ended.
    case grantedToEndedLease(index: UInt64)
    /// A semaphore was granted to more than it has permits.
    case grantedBeyondPermits(index: UInt64)
    /// A lock or leadership went to another than whose turn it was, or who held was not done yet.
    case grantedOutOfTurn(index: UInt64)
    /// Somebody was told that it holds, by a member whose state had it otherwise.
    case toldToHoldInVain(contest: Int, token: UInt64)
}
