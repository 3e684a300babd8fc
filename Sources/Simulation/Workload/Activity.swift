/// What clients did, with success unless it says otherwise; the raw value is its index in a tally.
package enum Activity: Int, CaseIterable, Hashable, Sendable {
    case get = 0
    case staleRead
    case list
    case put
    case swap
    case swapRefused
    case delete
    case transaction
    case transactionElse
    /// What was asked, a read or a write, was about a key that is no path.
    case byteKey
    /// A directory was listed as a range.
    case rangeRead
    case rangeTransaction
    case rangeTransactionElse
    case nestedTransaction
    /// The transaction within took the other branch.
    case nestedTransactionElse
    /// A transaction within one had others within it.
    case deepTransaction
    case treeWritten
    /// Its condition held.
    case conditionalTree
    /// Its condition did not hold.
    case treeRefused
    /// A range was deleted by itself.
    case rangeDelete
    /// A read of a range with an order, and maybe a limit or bounds.
    case rangeQuery
    /// Such a read, of an earlier revision.
    case pastRead
    /// A limit left records of such a read out.
    case cutRead
    case sequentialChild
    /// A write with an author, and maybe a note.
    case signedWrite
    /// A write was sent again, with its idempotency key, to another member.
    case retry
    /// The first answer of an idempotency key came again.
    case replay
    case compaction
    /// Whether it took effect is not known.
    case unknown
    /// It certainly had no effect.
    case denied
    case leaseGranted
    /// Under the id that its holder chose.
    case chosenLeaseGranted
    /// The chosen id was another's.
    case chosenLeaseTaken
    case leaseKept
    case leaseRevoked
    case leaseExpired
    case lockGranted
    case sharedLockGranted
    case permitGranted
    case trespassRefused
    case leadershipGranted
    /// It was granted after a wait in the queue.
    case grantedAfterWait
    /// Somebody else held, and the caller did not want to wait.
    case held
    case waitAbandoned
    case released
    /// A member's session answered with a grant.
    case grantedToWaiter
    /// A member's session answered that the place is given up.
    case waitRanOut
    /// A member's session could not say what became of the place.
    case placeInDoubt
    case guardedWrite
    /// A write with an old token was refused.
    case fenced
    case proclaimed
    case holderSeen
    case watchEvent
    /// A watch went on at another member.
    case watchResumed
    /// A watch had to start anew: the history that it needed was compacted.
    case watchCompacted
    case quotaSet
    /// A write found no room under the quota.
    case quotaRefused
    /// Users, roles or rules were changed.
    case accessChanged
    /// A user's request was refused for want of a right.
    case accessRefused
    /// A user read what it had the right to.
    case userRead
    /// A user's watch ended for want of a right.
    case userWatchEnded
    /// A place in a queue ended for want of a right.
    case placeDenied
    case subtreeQuotaSet
    /// A write found no room under the quota of a subtree.
    case subtreeQuotaRefused
    case itemPushed
    /// An item of its key was there.
    case itemPresent
    case itemTaken
    /// A queue had nothing to take.
    case queueEmpty
    case itemAcknowledged
    /// It can be taken again, at once or later.
    case itemReturned
    /// It went where items go that were tried too often.
    case itemBuried
    case itemExtended
    /// Somebody else has the item, or it is gone.
    case itemTokenLost
    case queuePurged
    case counted
    /// A counter would have left its range.
    case countRefused
    /// A leader had somebody chosen to succeed it.
    case handedOver
    /// Nobody waits to whom a leader could hand over.
    case successorLacking
    /// A candidate came whom the leader is asked to make way for.
    case handOverAsked
    /// A user tied a key to a lease.
    case userKeyTied
    /// A user got a lock under a lease of its own, or a place in the queue.
    case userPlaceTied
    case userLeaseRevoked
    /// A lease was not its user's to use.
    case leaseUseRefused

    /// Whether it is a request that was answered, a refusal by the rules included.
    package var isOperation: Bool {
        switch self {
        case .get, .staleRead, .list, .put, .swap, .swapRefused, .delete, .transaction,
            .transactionElse, .rangeTransaction, .rangeTransactionElse, .nestedTransaction,
            .nestedTransactionElse, .treeWritten, .treeRefused, .rangeDelete, .rangeQuery,
            .sequentialChild, .compaction, .leaseGranted,
            .chosenLeaseTaken, .leaseKept,
            .leaseRevoked, .lockGranted, .sharedLockGranted, .permitGranted, .trespassRefused,
            .leadershipGranted,
            .held, .released,
            .grantedToWaiter, .waitRanOut, .guardedWrite, .fenced, .proclaimed, .holderSeen,
            .quotaSet, .quotaRefused, .subtreeQuotaSet, .subtreeQuotaRefused, .accessChanged,
            .accessRefused, .userRead, .itemPushed, .itemPresent, .itemTaken, .queueEmpty,
            .itemAcknowledged, .itemReturned, .itemBuried, .itemExtended, .itemTokenLost,
            .queuePurged, .counted, .countRefused, .handedOver, .successorLacking,
            .userKeyTied, .userPlaceTied, .userLeaseRevoked, .leaseUseRefused:
            true
        case .byteKey, .deepTransaction, .conditionalTree, .pastRead, .cutRead, .rangeRead,
            .chosenLeaseGranted, .signedWrite, .retry, .replay, .unknown,
            .denied, .leaseExpired, .grantedAfterWait,
            .waitAbandoned,
            .placeInDoubt, .placeDenied, .handOverAsked, .userWatchEnded,
            .watchEvent, .watchResumed, .watchCompacted:
            false
        }
    }

    /// What people call it.
    package var name: String {
        switch self {
        case .get: "linearizable gets"
        case .staleRead: "stale reads"
        case .list: "listings"
        case .put: "puts"
        case .swap: "compare-and-swaps"
        case .swapRefused: "compare-and-swaps refused"
        case .delete: "deletes"
        case .transaction: "transactions"
        case .transactionElse: "transactions that took the other branch"
        case .byteKey: "operations on keys that are no paths"
        case .rangeRead: "ranges listed"
        case .rangeTransaction: "range transactions"
        case .rangeTransactionElse: "range transactions that took the other branch"
        case .nestedTransaction: "nested transactions"
        case .nestedTransactionElse: "nested transactions whose inner one took the other branch"
        case .deepTransaction: "transactions nested three deep or more"
        case .treeWritten: "trees written"
        case .conditionalTree: "trees whose condition held"
        case .treeRefused: "trees whose condition did not hold"
        case .rangeDelete: "ranges deleted"
        case .rangeQuery: "ranges queried"
        case .pastRead: "ranges queried at an earlier revision"
        case .cutRead: "ranges queried with more than the limit"
        case .sequentialChild: "sequential children"
        case .signedWrite: "writes signed by their author"
        case .retry: "idempotent retries"
        case .replay: "idempotent replays"
        case .compaction: "compactions"
        case .unknown: "requests of unknown outcome"
        case .denied: "requests denied"
        case .leaseGranted: "leases granted"
        case .chosenLeaseGranted: "leases granted under a chosen id"
        case .chosenLeaseTaken: "chosen lease ids in use"
        case .leaseKept: "leases kept alive"
        case .leaseRevoked: "leases revoked"
        case .leaseExpired: "leases expired"
        case .lockGranted: "locks granted"
        case .sharedLockGranted: "shared locks granted"
        case .permitGranted: "permits granted"
        case .trespassRefused: "writes refused for want of a lock"
        case .leadershipGranted: "elections won"
        case .grantedAfterWait: "grants after a wait"
        case .held: "acquisitions refused"
        case .waitAbandoned: "waits abandoned"
        case .released: "locks released"
        case .grantedToWaiter: "sessions that won"
        case .waitRanOut: "sessions whose wait ran out"
        case .placeInDoubt: "sessions whose place is in doubt"
        case .guardedWrite: "guarded writes"
        case .fenced: "guarded writes refused"
        case .proclaimed: "proclamations"
        case .holderSeen: "holders observed"
        case .watchEvent: "watch events"
        case .watchResumed: "watches resumed"
        case .watchCompacted: "watches compacted"
        case .quotaSet: "quotas set"
        case .quotaRefused: "writes refused for the quota"
        case .accessChanged: "changes of users and roles"
        case .accessRefused: "requests refused for want of a right"
        case .userRead: "reads of users"
        case .userWatchEnded: "watches that ended for want of a right"
        case .placeDenied: "places that ended for want of a right"
        case .subtreeQuotaSet: "quotas of subtrees set"
        case .subtreeQuotaRefused: "writes refused for the quota of a subtree"
        case .itemPushed: "items pushed"
        case .itemPresent: "items pushed that were there"
        case .itemTaken: "items taken"
        case .queueEmpty: "queues found empty"
        case .itemAcknowledged: "items acknowledged"
        case .itemReturned: "items given back"
        case .itemBuried: "items that went to the dead"
        case .itemExtended: "items kept for longer"
        case .itemTokenLost: "items that were not their taker's any more"
        case .queuePurged: "queues purged"
        case .counted: "counters changed"
        case .countRefused: "counters that would have left their range"
        case .handedOver: "successors chosen"
        case .successorLacking: "leaders without a successor"
        case .handOverAsked: "leaders asked to make way"
        case .userKeyTied: "keys tied to leases of users"
        case .userPlaceTied: "locks asked for under leases of users"
        case .userLeaseRevoked: "leases of users revoked"
        case .leaseUseRefused: "uses of leases refused to users"
        }
    }
}
