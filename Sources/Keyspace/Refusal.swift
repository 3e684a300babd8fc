/// Why a command changed nothing.
package enum Refusal: Error, Hashable, Sendable {
    /// What was not found.
    package enum Subject: UInt8, Hashable, Sendable {
        case key = 0
        case lease = 1
        case lock = 2
        case election = 3
        case memberOrder = 4
        case user = 5
        case role = 6
        case signingKey = 7
        case quota = 20
        case writeGuard = 8
        case counter = 9
    }

    case notFound(Subject)
    /// A condition on a key did not hold; `current` is the key as it is, nil when missing.
    case conditionFailed(key: Key, current: KeyRecord?)
    /// A `Roost-Lock` token no longer holds.
    case fenced(lock: [UInt8], token: FencingToken, holders: [Grant])
    /// A release, resign or proclaim with a token that does not hold.
    case notHolder(Contest, holders: [Grant])
    /// Not free, and the caller did not want to wait; `position` is the place it would have had.
    case held(Contest, holders: [Grant], position: UInt64)
    /// The waiter is already queued or holding under this lease in another mode.
    case modeMismatch(Contest)
    /// Others share the lock, or wait to, and another number of them may; 0 is any number.
    case permitsDiffer(Contest, permitCount: UInt32)
    case reservedKey(Key)
    /// A transaction changes one key twice.
    case duplicatePut(Key)
    /// A put within a transaction keeps the value or the lease of a key that is not there.
    case nothingToKeep(Key)
    /// The state of a tree is none of those that were asked for.
    case treeChanged(root: Key, current: TreeWrite.Tag)
    /// A sequential child's key would be longer than a key may be.
    case keyTooLong(byteCount: UInt64)
    case compacted(Revision)
    case futureRevision(asked: Revision, current: Revision)
    /// A time to live outside `Lease.timeToLiveMillisecondsRange`.
    case timeToLiveOutOfRange(milliseconds: UInt64)
    /// What a transaction's gets found is more than `Transaction.resultByteCountMax` or
    /// `Transaction.resultRecordCountMax`; nothing was changed.
    case resultTooLarge(byteCountMax: UInt64)
    /// A transaction's compares, gets and deletes look at more keys than
    /// `Transaction.lookCountMax`; nothing was changed.
    case tooManyLooks(countMax: UInt64)
    /// A value is longer than the settings allow.
    case valueTooLong(byteCount: UInt64, byteCountMax: UInt64)
    /// A transaction has more operations than the settings allow.
    case tooManyOperations(count: UInt64, countMax: UInt64)
    /// The change would take the keys and values in force, now `byteCount` bytes, beyond the
    /// cluster's quota, and grow them. Not stored.
    case quotaExceeded(byteCount: UInt64, quotaByteCount: UInt64)
    /// The change would take what lies at and below that path beyond its quota, and grow it. Not stored.
    indirect case subtreeFull(Key, SubtreeQuota.Excess)
    /// Another quota would be one too many. Not stored.
    case tooManyQuotas(countMax: UInt64)
    /// The id that the caller chose for a lease is in use.
    case leaseExists(LeaseID)
    /// The leases of the cluster are at their bound: try again later. Not stored.
    case tooManyLeases
    /// The queues of all locks and elections together are at their bound: try again later. Not
    /// stored.
    case tooManyWaiters(Contest)
    /// The idempotency key was used for another request.
    case idempotencyMismatch
    /// The idempotency table is full: try again when older keys have ended. Not stored.
    case tooManyIdempotencyKeys
    /// An order about the same member, name or address is still to be carried out. Not stored.
    case memberOrderStands(UInt64)
    /// Too many orders about members wait to be carried out: try again later. Not stored.
    case tooManyMemberOrders
    /// The caller is nobody, or not any more who it was: its password, its roles or their rules have
    /// changed since it proved who it is, or it was removed. Not stored.
    case unauthenticated
    /// No rule allows the caller that, or one denies it. Not stored.
    case denied(AccessVerb)
    /// Nobody could change users and roles any more, and access is controlled.
    case noAdministrator
    /// Users, roles and rules would take more than `AccessControl.byteCountMax`.
    case accessTooLarge(byteCountMax: UInt64)
    /// A user would have more roles, or a role more rules, than one may.
    case tooManyAccessItems(countMax: UInt64)
    /// What the command may write at or below `root` is written only with a token of that lock.
    case guarded(root: Key, lock: [UInt8])
    /// There would be more guards than may be. Not stored.
    case tooManyGuards(countMax: UInt64)
    /// Nobody whose lease lives waits to lead, or not under the lease that was named.
    case noSuccessor(Contest)
    /// A counter would come to more than `CounterChange.range`, or less.
    case counterOutOfRange(value: Int64)
    indirect case queue(QueueName, QueueRefusal)
    indirect case barrier(BarrierName, BarrierRefusal)
    /// The payload is no command that this version knows; every member refuses it alike.
    case malformed
}
