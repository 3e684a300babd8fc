#if MUTANTS
/// A bug that can be planted, each at one decision point of the code that is really run: a check
/// that finds nothing wrong with any of them checks nothing. A release holds none of this.
public enum Mutant: String, CaseIterable, Sendable {

    // MARK: Consensus

    /// A vote, or a term, is told before it is durable (dissertation 3.8).
    case voteBeforeDurable = "vote-before-durable"
    /// A second candidate of one term gets a vote too (3.4).
    case secondVote = "second-vote"
    /// A vote goes to a log that lacks what may be committed here (3.6.1).
    case voteForShorterLog = "vote-for-shorter-log"
    /// An entry of an older term is committed by counting (3.6.2, figure 3.7).
    case olderTermCommit = "older-term-commit"
    /// A follower acknowledges entries that are not durable yet (3.8).
    case appendBeforeDurable = "append-before-durable"
    /// A leader counts its own entries before they are durable.
    case ownAppendBeforeDurable = "own-append-before-durable"
    /// The disk's report about overwritten entries counts for those that took their place (ABA).
    case lateDiskReport = "late-disk-report"
    /// A follower commits what it holds at the leader's index, whether it is the same or not.
    case unverifiedCommit = "unverified-commit"
    /// A follower keeps its own entries where the leader has others (3.5).
    case conflictKept = "conflict-kept"
    /// Entries that come a second time truncate what follows them (3.5).
    case duplicateTruncates = "duplicate-truncates"
    /// A leader serves reads before an entry of its own term is committed (6.4, step 1).
    case readBeforeOwnCommit = "read-before-own-commit"
    /// A leader serves reads without asking whether it still leads (6.4, step 3).
    case readWithoutRound = "read-without-round"
    /// A follower's read is served by the answer to a question sent before it came.
    case readJoinsSentQuestion = "read-joins-sent-question"
    /// The moment at which a question is to be repeated outlives the leader that was asked.
    case questionOutlivesLeader = "question-outlives-leader"
    /// One vote less than a majority elects.
    case electionByMinority = "election-by-minority"
    /// One acknowledgement less than a majority commits.
    case commitByMinority = "commit-by-minority"
    /// A leader never looks further back than where it first looked for a match (3.5).
    case nextNeverRetreats = "next-never-retreats"
    /// The log goes on unchanged behind a snapshot that was to replace it (5.3).
    case installedLogKept = "installed-log-kept"
    /// The cluster clock counts the time between two readings again and again.
    case clockCountsTwice = "clock-counts-twice"
    /// A member that lost its log votes before it has it again.
    case reseedingMemberVotes = "reseeding-member-votes"
    /// A leader changes the membership before an entry of its own term is committed (4.1, and the
    /// correction of July 2015).
    case changeBeforeOwnCommit = "change-before-own-commit"
    /// A learner's acknowledgement counts like a voter's (4.2.1).
    case learnerCounted = "learner-counted"
    /// A membership stays in force when its entry is truncated (4.1).
    case truncatedMembershipStays = "truncated-membership-stays"
    /// The voters that go decide nothing in a joint membership (4.3).
    case outgoingHalfIgnored = "outgoing-half-ignored"
    /// The voters that stay and come decide nothing in a joint membership (4.3).
    case incomingHalfIgnored = "incoming-half-ignored"

    // MARK: Journal

    /// Entries are called durable without an fdatasync.
    case logNotSynced = "log-not-synced"
    /// The durable bound is written before the entries that it speaks of.
    case boundBeforeData = "bound-before-data"
    /// Term and vote are called durable without an fdatasync.
    case hardStateNotSynced = "hard-state-not-synced"
    /// A snapshot's name is not durable when the log before it goes.
    case snapshotNameNotSynced = "snapshot-name-not-synced"
    /// A received snapshot is not durable when it gets its name.
    case snapshotNotSynced = "snapshot-not-synced"
    /// A new segment's name is not durable when entries in it are acknowledged.
    case segmentNameNotSynced = "segment-name-not-synced"
    /// The log is cut before its mark of the snapshot that replaces it is durable.
    case logCutBeforeMark = "log-cut-before-mark"
    /// Damage before the durable bound is taken for a torn end, and cut off.
    case corruptLogTruncated = "corrupt-log-truncated"
    /// A record's checksum is not compared.
    case checksumIgnored = "checksum-ignored"
    /// Entries that were cut off come back at the next start.
    case cutNotReplayed = "cut-not-replayed"
    /// What a killed process wrote and never synced is believed to be durable at the next start.
    case foundTailBelieved = "found-tail-believed"

    // MARK: Keyspace

    /// The answer to a request with an idempotency key is not kept.
    case answerNotKept = "answer-not-kept"
    /// A snapshot lacks the answers that are kept for retries.
    case snapshotWithoutAnswers = "snapshot-without-answers"
    /// A snapshot lacks the leases.
    case snapshotWithoutLeases = "snapshot-without-leases"
    /// A lease ends after half its time to live.
    case leaseEndsEarly = "lease-ends-early"
    /// A lease ends when the clock shows its deadline, whatever part of that millisecond is gone.
    case leaseEndsWithinItsMillisecond = "lease-ends-within-its-millisecond"
    /// A keepalive is answered and changes nothing.
    case keepAliveIgnored = "keep-alive-ignored"
    /// A lease ends and its keys stay.
    case endedLeaseKeepsKeys = "ended-lease-keeps-keys"
    /// A lease ends and its locks stay shut.
    case endedLeaseKeepsLock = "ended-lease-keeps-lock"
    /// A lock that is held exclusively is granted.
    case lockGrantedTwice = "lock-granted-twice"
    /// Any token releases the lock.
    case releaseByAnyone = "release-by-anyone"
    /// A grant's token is its lease, which may have held the lock before.
    case tokenIsLease = "token-is-lease"
    /// A write is carried out whatever its fencing token.
    case fenceIgnored = "fence-ignored"
    /// A put or delete is carried out whatever its condition.
    case conditionIgnored = "condition-ignored"
    /// Of a condition's list of revisions the first alone counts.
    case restOfListIgnored = "rest-of-list-ignored"
    /// One compare of a transaction that holds is enough.
    case anyCompareSuffices = "any-compare-suffices"
    /// Each operation of a transaction has a revision of its own.
    case transactionInPieces = "transaction-in-pieces"
    /// A watch that reads history in slices misses an event between two of them.
    case watchSkipsAfterSlice = "watch-skips-after-slice"
    /// A watch that reads history in slices gets an event twice.
    case watchRepeatsAfterSlice = "watch-repeats-after-slice"
    /// A deleted key still counts as its parent's child.
    case childCountKept = "child-count-kept"
    /// Compaction forgets a key that is in force.
    case compactionDropsLive = "compaction-drops-live"
    /// A key that was put again without its lease still ends with it.
    case overwrittenKeyStaysTied = "overwritten-key-stays-tied"

    // MARK: Replica

    /// A newer start of a member takes the place of one that is heard.
    case newerStartDisplaces = "newer-start-displaces"
    /// A member that comes back with less than it has shown is welcomed like any other.
    case lossForgiven = "loss-forgiven"
    /// A read is served before this member has applied the index that was found for it.
    case readBeforeApply = "read-before-apply"
    /// A write whose entry was replaced gets the answer of the entry in its place.
    case displacedWriteAnswered = "displaced-write-answered"
    /// A write without an idempotency key goes to a second leader.
    case onceOnlyRepeated = "once-only-repeated"
    /// A write of unknown outcome is called not applied.
    case unknownCalledDenied = "unknown-called-denied"
    /// A write that an earlier leader may still apply is called not applied.
    case earlierSendingForgotten = "earlier-sending-forgotten"
    /// A place in a queue is called not applied when giving it up was refused.
    case queuedPlaceForgotten = "queued-place-forgotten"

    /// Written before any other thread exists, and never again.
    nonisolated(unsafe) private static var planted: Mutant?

    /// Plants the bug in this process. Before anything else runs.
    public static func plant(_ mutant: Mutant) { unsafe planted = mutant }

    /// Whether this is the bug that this process has.
    @inline(never)
    public var isPlanted: Bool { unsafe Self.planted == self }
}
#endif
