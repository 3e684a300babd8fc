/// A bug that can be planted, each at one decision point of the code that is really run: a check
/// that finds nothing wrong with any of them checks nothing.
///
/// `planted(.secondVote)` asks for one. Only a build with `MUTANTS` can have one; in any other the
/// question is a constant `false`, and of the names nothing is left.
public struct Mutant: Sendable {
    #if MUTANTS
    private let text: StaticString
    /// Where it is declared, which no other is.
    private let line: UInt
    #endif

    @inlinable
    init(_ name: StaticString, line: UInt = #line) {
        #if MUTANTS
        self.init(declared: name, at: line)
        #endif
    }

    // MARK: Consensus

    /// A vote, or a term, is told before it is durable (dissertation 3.8).
    @inlinable public static var voteBeforeDurable: Mutant { Mutant("vote-before-durable") }
    /// A second candidate of one term gets a vote too (3.4).
    @inlinable public static var secondVote: Mutant { Mutant("second-vote") }
    /// A vote goes to a log that lacks what may be committed here (3.6.1).
    @inlinable public static var voteForShorterLog: Mutant { Mutant("vote-for-shorter-log") }
    /// An entry of an older term is committed by counting (3.6.2, figure 3.7).
    @inlinable public static var olderTermCommit: Mutant { Mutant("older-term-commit") }
    /// A follower acknowledges entries that are not durable yet (3.8).
    @inlinable public static var appendBeforeDurable: Mutant { Mutant("append-before-durable") }
    /// A leader counts its own entries before they are durable.
    @inlinable public static var ownAppendBeforeDurable: Mutant {
        Mutant("own-append-before-durable")
    }
    /// The disk's report about overwritten entries counts for those that took their place (ABA).
    @inlinable public static var lateDiskReport: Mutant { Mutant("late-disk-report") }
    /// A follower commits what it holds at the leader's index, whether it is the same or not.
    @inlinable public static var unverifiedCommit: Mutant { Mutant("unverified-commit") }
    /// A follower keeps its own entries where the leader has others (3.5).
    @inlinable public static var conflictKept: Mutant { Mutant("conflict-kept") }
    /// Entries that come a second time truncate what follows them (3.5).
    @inlinable public static var duplicateTruncates: Mutant { Mutant("duplicate-truncates") }
    /// A leader serves reads before an entry of its own term is committed (6.4, step 1).
    @inlinable public static var readBeforeOwnCommit: Mutant { Mutant("read-before-own-commit") }
    /// A leader serves reads without asking whether it still leads (6.4, step 3).
    @inlinable public static var readWithoutRound: Mutant { Mutant("read-without-round") }
    /// A follower's read is served by the answer to a question sent before it came.
    @inlinable public static var readJoinsSentQuestion: Mutant {
        Mutant("read-joins-sent-question")
    }
    /// The moment at which a question is to be repeated outlives the leader that was asked.
    @inlinable public static var questionOutlivesLeader: Mutant {
        Mutant("question-outlives-leader")
    }
    /// One vote less than a majority elects.
    @inlinable public static var electionByMinority: Mutant { Mutant("election-by-minority") }
    /// One acknowledgement less than a majority commits.
    @inlinable public static var commitByMinority: Mutant { Mutant("commit-by-minority") }
    /// A leader never looks further back than where it first looked for a match (3.5).
    @inlinable public static var nextNeverRetreats: Mutant { Mutant("next-never-retreats") }
    /// The log goes on unchanged after a snapshot that was to replace it (5.3).
    @inlinable public static var installedLogKept: Mutant { Mutant("installed-log-kept") }
    /// The cluster clock counts the time between two readings again and again.
    @inlinable public static var clockCountsTwice: Mutant { Mutant("clock-counts-twice") }
    /// A member that lost its log votes before it has it again.
    @inlinable public static var reseedingMemberVotes: Mutant { Mutant("reseeding-member-votes") }
    /// A leader changes the membership before an entry of its own term is committed (4.1, and the
    /// correction of July 2015).
    @inlinable public static var changeBeforeOwnCommit: Mutant {
        Mutant("change-before-own-commit")
    }
    /// A learner's acknowledgement counts like a voter's (4.2.1).
    @inlinable public static var learnerCounted: Mutant { Mutant("learner-counted") }
    /// A membership stays in force when its entry is truncated (4.1).
    @inlinable public static var truncatedMembershipStays: Mutant {
        Mutant("truncated-membership-stays")
    }
    /// The voters that go decide nothing in a joint membership (4.3).
    @inlinable public static var outgoingHalfIgnored: Mutant { Mutant("outgoing-half-ignored") }
    /// The voters that stay and come decide nothing in a joint membership (4.3).
    @inlinable public static var incomingHalfIgnored: Mutant { Mutant("incoming-half-ignored") }

    // MARK: Journal

    /// Entries are called durable without an fdatasync.
    @inlinable public static var logNotSynced: Mutant { Mutant("log-not-synced") }
    /// The durable bound is written before the entries that it speaks of.
    @inlinable public static var boundBeforeData: Mutant { Mutant("bound-before-data") }
    /// Term and vote are called durable without an fdatasync.
    @inlinable public static var hardStateNotSynced: Mutant { Mutant("hard-state-not-synced") }
    /// A snapshot's name is not durable when the log before it goes.
    @inlinable public static var snapshotNameNotSynced: Mutant {
        Mutant("snapshot-name-not-synced")
    }
    /// A received snapshot is not durable when it gets its name.
    @inlinable public static var snapshotNotSynced: Mutant { Mutant("snapshot-not-synced") }
    /// A new segment's name is not durable when entries in it are acknowledged.
    @inlinable public static var segmentNameNotSynced: Mutant { Mutant("segment-name-not-synced") }
    /// The log is cut before its mark of the snapshot that replaces it is durable.
    @inlinable public static var logCutBeforeMark: Mutant { Mutant("log-cut-before-mark") }
    /// Damage before the durable bound is taken for a torn end, and cut off.
    @inlinable public static var corruptLogTruncated: Mutant { Mutant("corrupt-log-truncated") }
    /// A record's checksum is not compared.
    @inlinable public static var checksumIgnored: Mutant { Mutant("checksum-ignored") }
    /// Entries that were cut off come back at the next start.
    @inlinable public static var cutNotReplayed: Mutant { Mutant("cut-not-replayed") }
    /// What a killed process wrote and never synced is believed to be durable at the next start.
    @inlinable public static var foundTailBelieved: Mutant { Mutant("found-tail-believed") }

    // MARK: Keyspace

    /// The answer to a request with an idempotency key is not kept.
    @inlinable public static var answerNotKept: Mutant { Mutant("answer-not-kept") }
    /// A snapshot lacks the answers that are kept for retries.
    @inlinable public static var snapshotWithoutAnswers: Mutant {
        Mutant("snapshot-without-answers")
    }
    /// A snapshot lacks the leases.
    @inlinable public static var snapshotWithoutLeases: Mutant { Mutant("snapshot-without-leases") }
    /// A lease ends after half its time to live.
    @inlinable public static var leaseEndsEarly: Mutant { Mutant("lease-ends-early") }
    /// A lease ends when the clock shows its deadline, whatever part of that millisecond is gone.
    @inlinable public static var leaseEndsWithinItsMillisecond: Mutant {
        Mutant("lease-ends-within-its-millisecond")
    }
    /// A keepalive is answered and changes nothing.
    @inlinable public static var keepAliveIgnored: Mutant { Mutant("keep-alive-ignored") }
    /// A lease ends and its keys stay.
    @inlinable public static var endedLeaseKeepsKeys: Mutant { Mutant("ended-lease-keeps-keys") }
    /// A lease ends and its locks stay shut.
    @inlinable public static var endedLeaseKeepsLock: Mutant { Mutant("ended-lease-keeps-lock") }
    /// A lock that is held exclusively is granted.
    @inlinable public static var lockGrantedTwice: Mutant { Mutant("lock-granted-twice") }
    /// A semaphore is granted once more than it has permits.
    @inlinable public static var permitGivenTwice: Mutant { Mutant("permit-given-twice") }
    /// Any token releases the lock.
    @inlinable public static var releaseByAnyone: Mutant { Mutant("release-by-anyone") }
    /// A grant's token is its lease, which may have held the lock before.
    @inlinable public static var tokenIsLease: Mutant { Mutant("token-is-lease") }
    /// A transaction writes what is guarded without the lock's token.
    @inlinable public static var guardIgnoresTransactions: Mutant {
        Mutant("guard-ignores-transactions")
    }
    /// A write is carried out whatever its fencing token.
    @inlinable public static var fenceIgnored: Mutant { Mutant("fence-ignored") }
    /// A put or delete is carried out whatever its condition.
    @inlinable public static var conditionIgnored: Mutant { Mutant("condition-ignored") }
    /// The quota lets a key that has a value have any other.
    @inlinable public static var quotaIgnoresOverwrites: Mutant {
        Mutant("quota-ignores-overwrites")
    }
    /// The quota does not ask what a transaction puts.
    @inlinable public static var quotaIgnoresTransactions: Mutant {
        Mutant("quota-ignores-transactions")
    }
    /// A subtree's quota does not ask what a transaction within a transaction puts.
    @inlinable public static var quotaSubtreeTransaction: Mutant {
        Mutant("quota-subtree-transaction")
    }
    /// Where the quota is used up, what shrinks the data is refused, too.
    @inlinable public static var quotaRefusesShrinking: Mutant {
        Mutant("quota-refuses-shrinking")
    }
    /// Only the first of a condition's list of revisions counts.
    @inlinable public static var restOfListIgnored: Mutant { Mutant("rest-of-list-ignored") }
    /// One compare of a transaction that holds is enough.
    @inlinable public static var anyCompareSuffices: Mutant { Mutant("any-compare-suffices") }
    /// Each operation of a transaction has a revision of its own.
    @inlinable public static var transactionInPieces: Mutant { Mutant("transaction-in-pieces") }
    /// A watch that reads history in slices misses an event between two of them.
    @inlinable public static var watchSkipsAfterSlice: Mutant { Mutant("watch-skips-after-slice") }
    /// A watch that reads history in slices gets an event twice.
    @inlinable public static var watchRepeatsAfterSlice: Mutant {
        Mutant("watch-repeats-after-slice")
    }
    /// A deleted key still counts as its parent's child.
    @inlinable public static var childCountKept: Mutant { Mutant("child-count-kept") }
    /// Compaction forgets a key that is in force.
    @inlinable public static var compactionDropsLive: Mutant { Mutant("compaction-drops-live") }
    /// A key that was put again without its lease still ends with it.
    @inlinable public static var overwrittenKeyStaysTied: Mutant {
        Mutant("overwritten-key-stays-tied")
    }
    /// A lease that is kept alive still stands in the order of ends where it would have ended.
    @inlinable public static var earlierEndKept: Mutant { Mutant("earlier-end-kept") }
    /// A lease still stands in a contest in which it neither holds nor waits any more.
    @inlinable public static var goneContenderStands: Mutant { Mutant("gone-contender-stands") }
    /// An answer is kept and never forgotten: the order of arrival lacks it.
    @inlinable public static var arrivalForgotten: Mutant { Mutant("arrival-forgotten") }

    /// Whatever became of its lease, a key is told to have been deleted.
    @inlinable public static var causeForgotten: Mutant { Mutant("cause-forgotten") }
    /// Versions get their times only where somebody follows the changes.
    @inlinable public static var timeForAudienceAlone: Mutant { Mutant("time-for-audience-alone") }
    /// The wall clock counts from the time of the entry before.
    @inlinable public static var wallClockLags: Mutant { Mutant("wall-clock-lags") }

    /// A chosen lease id is granted although it is in use.
    @inlinable public static var chosenLeaseGivenTwice: Mutant {
        Mutant("chosen-lease-given-twice")
    }
    /// The first key alone counts of a compared range.
    @inlinable public static var rangeCompareStopsAtFirst: Mutant {
        Mutant("range-compare-stops-at-first")
    }
    /// A range that spans the service's own records has them.
    @inlinable public static var rangeSeesReserved: Mutant { Mutant("range-sees-reserved") }
    /// The compares of a transaction within another see what that one has done so far.
    @inlinable public static var nestedCompareSeesBranch: Mutant {
        Mutant("nested-compare-sees-branch")
    }
    /// A tree that is written keeps what is to go.
    @inlinable public static var treeKeepsRest: Mutant { Mutant("tree-keeps-rest") }
    /// Records past a read's limit are left out in the order of keys, whatever order was asked for.
    @inlinable public static var limitBeforeOrder: Mutant { Mutant("limit-before-order") }

    /// An item of a queue that somebody takes can be taken at once by another.
    @inlinable public static var itemGivenTwice: Mutant { Mutant("item-given-twice") }
    /// An item whose taker dies goes with it.
    @inlinable public static var itemDiesWithTaker: Mutant { Mutant("item-dies-with-taker") }
    /// The first of a queue is the one that came last.
    @inlinable public static var lastItemFirst: Mutant { Mutant("last-item-first") }
    /// Each try of an item is the first.
    @inlinable public static var triesForgotten: Mutant { Mutant("tries-forgotten") }
    /// The lease of one who waits never ends.
    @inlinable public static var waitersLeaseStays: Mutant { Mutant("waiters-lease-stays") }
    /// A campaign whose lease has ended is told that it leads, as who leads does.
    @inlinable public static var deadCampaignLeads: Mutant { Mutant("dead-campaign-leads") }
    /// Candidates get their turn as they came, whatever their priority.
    @inlinable public static var priorityIgnored: Mutant { Mutant("priority-ignored") }
    /// Who was chosen to succeed a leader waits for its turn like any other.
    @inlinable public static var successorForgotten: Mutant { Mutant("successor-forgotten") }
    /// A counter tells of before what it shows after.
    @inlinable public static var counterTellsAfter: Mutant { Mutant("counter-tells-after") }

    /// A restored cluster goes on at the backup's revision.
    @inlinable public static var restoreKeepsRevision: Mutant { Mutant("restore-keeps-revision") }
    /// A restored cluster goes on at the backup's index, and so grants leases under used ids.
    @inlinable public static var restoreKeepsIndex: Mutant { Mutant("restore-keeps-index") }
    /// A restored cluster keeps the history that it has.
    @inlinable public static var restoreKeepsHistory: Mutant { Mutant("restore-keeps-history") }
    /// The leases of a backup end as they would have ended.
    @inlinable public static var restoreKeepsDeadlines: Mutant {
        Mutant("restore-keeps-deadlines")
    }

    // MARK: Replica

    /// A newer start of a member takes the place of one that is heard.
    @inlinable public static var newerStartDisplaces: Mutant { Mutant("newer-start-displaces") }
    /// A member that comes back with less than it has shown is welcomed like any other.
    @inlinable public static var lossForgiven: Mutant { Mutant("loss-forgiven") }
    /// A read is served before this member has applied the index that was found for it.
    @inlinable public static var readBeforeApply: Mutant { Mutant("read-before-apply") }
    /// A write whose entry was replaced gets the answer of the entry in its place.
    @inlinable public static var displacedWriteAnswered: Mutant {
        Mutant("displaced-write-answered")
    }
    /// A write without an idempotency key goes to a second leader.
    @inlinable public static var onceOnlyRepeated: Mutant { Mutant("once-only-repeated") }
    /// A write of unknown outcome is called not applied.
    @inlinable public static var unknownCalledDenied: Mutant { Mutant("unknown-called-denied") }
    /// A write that an earlier leader may still apply is called not applied.
    @inlinable public static var earlierSendingForgotten: Mutant {
        Mutant("earlier-sending-forgotten")
    }
    /// An observer is let vote once it has the log.
    @inlinable public static var observerPromoted: Mutant { Mutant("observer-promoted") }
    /// A member is removed before its successor votes.
    @inlinable public static var replacedTooSoon: Mutant { Mutant("replaced-too-soon") }
    /// A newcomer takes the first place that awaits anybody.
    @inlinable public static var newcomerUnderAnyName: Mutant { Mutant("newcomer-under-any-name") }
    /// Whoever answers at a member's address is taken for it.
    @inlinable public static var addressTrusted: Mutant { Mutant("address-trusted") }
    /// A directory's member is known by its name: an emptied one comes back as itself.
    @inlinable public static var nameIsIdentity: Mutant { Mutant("name-is-identity") }
    /// An order is withdrawn although its newcomer has called.
    @inlinable public static var withdrawnTooLate: Mutant { Mutant("withdrawn-too-late") }
    /// The feature level rises as soon as a majority knows the next one.
    @inlinable public static var levelRisesEarly: Mutant { Mutant("level-rises-early") }
    /// What is nested in a transaction is carried out whoever asks.
    @inlinable public static var nestedOperationUnchecked: Mutant {
        Mutant("nested-operation-unchecked")
    }
    /// What was proven before a user changed counts on.
    @inlinable public static var outdatedCallerAdmitted: Mutant {
        Mutant("outdated-caller-admitted")
    }
    /// What was proven before the rules of a role changed counts on.
    @inlinable public static var roleChangeOverlooked: Mutant { Mutant("role-change-overlooked") }
    /// Whoever names a lease keeps it alive.
    @inlinable public static var strangerKeepsLease: Mutant { Mutant("stranger-keeps-lease") }
    /// A user that is removed still has its leases, and so has a later one of its name.
    @inlinable public static var removedUserKeepsLease: Mutant {
        Mutant("removed-user-keeps-lease")
    }
    /// Who made a lease keeps it alive whatever it may do with what the lease holds.
    @inlinable public static var leaseKeptWithoutRight: Mutant {
        Mutant("lease-kept-without-right")
    }
    /// Whoever names a lease ties keys and locks to it, and ends it.
    @inlinable public static var strangerTiesToLease: Mutant { Mutant("stranger-ties-to-lease") }
    /// A waiter's right is that of when it came: it is not looked at when the lock is granted.
    @inlinable public static var grantWithoutRight: Mutant { Mutant("grant-without-right") }
    /// What a caller may do is decided where it asks, with the rights that are known there then, and
    /// not where its request is applied.
    @inlinable public static var rightsOfProposal: Mutant { Mutant("rights-of-proposal") }
    /// A watch's right is looked at once, when it begins.
    @inlinable public static var watchOutlivesRight: Mutant { Mutant("watch-outlives-right") }
    /// A place in a queue is called not applied when giving it up was refused.
    @inlinable public static var queuedPlaceForgotten: Mutant { Mutant("queued-place-forgotten") }
}

/// Whether this build can have a bug: a constant.
@inlinable
@inline(__always)
public var bugsCanBePlanted: Bool {
    #if MUTANTS
    true
    #else
    false
    #endif
}

/// Whether this process has that bug.
@inlinable
@inline(__always)
public func planted(_ mutant: @autoclosure () -> Mutant) -> Bool {
    #if MUTANTS
    mutant().isPlanted
    #else
    false
    #endif
}

#if MUTANTS
extension Mutant {
    /// Every one of them.
    public static let all: [Mutant] = [
        .voteBeforeDurable, .secondVote, .voteForShorterLog, .olderTermCommit,
        .appendBeforeDurable, .ownAppendBeforeDurable, .lateDiskReport, .unverifiedCommit,
        .conflictKept, .duplicateTruncates, .readBeforeOwnCommit, .readWithoutRound,
        .readJoinsSentQuestion, .questionOutlivesLeader, .electionByMinority, .commitByMinority,
        .nextNeverRetreats, .installedLogKept, .clockCountsTwice, .reseedingMemberVotes,
        .changeBeforeOwnCommit, .learnerCounted, .truncatedMembershipStays, .outgoingHalfIgnored,
        .incomingHalfIgnored, .logNotSynced, .boundBeforeData, .hardStateNotSynced,
        .snapshotNameNotSynced, .snapshotNotSynced, .segmentNameNotSynced, .logCutBeforeMark,
        .corruptLogTruncated, .checksumIgnored, .cutNotReplayed, .foundTailBelieved,
        .answerNotKept, .snapshotWithoutAnswers, .snapshotWithoutLeases, .leaseEndsEarly,
        .leaseEndsWithinItsMillisecond, .keepAliveIgnored, .endedLeaseKeepsKeys,
        .endedLeaseKeepsLock, .lockGrantedTwice, .permitGivenTwice, .releaseByAnyone, .tokenIsLease,
        .guardIgnoresTransactions,
        .fenceIgnored,
        .conditionIgnored, .quotaIgnoresOverwrites, .quotaIgnoresTransactions,
        .quotaRefusesShrinking, .quotaSubtreeTransaction, .restOfListIgnored, .anyCompareSuffices,
        .transactionInPieces,
        .watchSkipsAfterSlice, .watchRepeatsAfterSlice, .childCountKept, .compactionDropsLive,
        .overwrittenKeyStaysTied, .earlierEndKept, .goneContenderStands, .arrivalForgotten,
        .causeForgotten, .timeForAudienceAlone, .wallClockLags,
        .chosenLeaseGivenTwice, .rangeCompareStopsAtFirst, .rangeSeesReserved,
        .nestedCompareSeesBranch, .treeKeepsRest, .limitBeforeOrder,
        .itemGivenTwice, .itemDiesWithTaker, .lastItemFirst, .triesForgotten, .counterTellsAfter,
        .waitersLeaseStays, .deadCampaignLeads, .priorityIgnored, .successorForgotten,
        .restoreKeepsRevision, .restoreKeepsIndex, .restoreKeepsHistory, .restoreKeepsDeadlines,
        .newerStartDisplaces, .lossForgiven, .readBeforeApply,
        .displacedWriteAnswered, .onceOnlyRepeated, .unknownCalledDenied,
        .earlierSendingForgotten, .queuedPlaceForgotten,
        .observerPromoted, .replacedTooSoon, .newcomerUnderAnyName,
        .levelRisesEarly, .addressTrusted, .nameIsIdentity, .withdrawnTooLate,
        .nestedOperationUnchecked, .outdatedCallerAdmitted, .roleChangeOverlooked,
        .strangerKeepsLease, .removedUserKeepsLease, .leaseKeptWithoutRight, .strangerTiesToLease,
        .grantWithoutRight, .rightsOfProposal, .watchOutlivesRight,
    ]

    /// Written before any other thread exists, and never again.
    nonisolated(unsafe) private static var planted: Mutant?

    @usableFromInline
    init(declared name: StaticString, at line: UInt) {
        text = name
        self.line = line
    }

    /// The name by which the simulator plants it.
    public var name: String { "\(text)" }

    /// Plants the bug in this process. Before anything else runs.
    public static func plant(_ mutant: Mutant) { unsafe planted = mutant }

    /// Whether this is the bug that this process has.
    @inline(never)
    public var isPlanted: Bool { unsafe Self.planted?.line == line }
}
#endif
