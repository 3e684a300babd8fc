/// What applying a command came to. The same on every member, and stored for its idempotency key,
/// refusals too.
package enum Outcome: Hashable, Sendable {
    /// The entry had no command (a no-op, a membership).
    case nothing
    case put(PutResult)
    /// A sequential child, with the key it was given.
    case created(key: Path, PutResult)
    case deleted(revision: Revision, count: UInt64)
    case transaction(TransactionResult)
    case leaseGranted(LeaseID, timeToLiveMilliseconds: UInt64)
    /// One for each lease asked, in order; nil for one that is gone.
    case keptAlive([LeaseStanding?])
    /// Counts the client's own keys, not the records of locks and elections.
    case leaseRevoked(revision: Revision, deletedCount: UInt64)
    /// The lock or leadership is the asker's: just now, or already (asking again, or abandoning
    /// `.queuedOnly` what was won before).
    case granted(Grant)
    case queued(Place)
    /// The waiter left the queue; the standing at that moment, for the refusal that the client sees.
    case abandoned(Place)
    /// Grants were given up at `revision`; what was granted to others after has later revisions.
    case released(revision: Revision)
    case proclaimed(revision: Revision)
    case compacted(Revision)
    case refused(Refusal)
}

/// An outcome as a client gets it.
package struct Answer: Hashable, Sendable {
    package enum Source: UInt8, Hashable, Sendable {
        case applied = 0
        /// The first answer of this idempotency key, again.
        case replayed = 1
    }

    package let outcome: Outcome
    package let source: Source
    /// The store's revision after the entry.
    package let revision: Revision

    package init(outcome: Outcome, source: Source, revision: Revision) {
        self.outcome = outcome
        self.source = source
        self.revision = revision
    }
}

package struct PutResult: Hashable, Sendable {
    package let revision: Revision
    package let createRevision: Revision
    /// 1 for a key that was created by this put.
    package let version: UInt64
    package let lease: LeaseID?

    package init(revision: Revision, createRevision: Revision, version: UInt64, lease: LeaseID?) {
        self.revision = revision
        self.createRevision = createRevision
        self.version = version
        self.lease = lease
    }
}

package struct TransactionResult: Hashable, Sendable {
    package enum Branch: UInt8, Hashable, Sendable {
        case then = 0
        case otherwise = 1
    }

    package enum OperationResult: Hashable, Sendable {
        case put(key: Path, PutResult)
        case get([KeyRecord])
        case deleted(count: UInt64)
    }

    package let branch: Branch
    package let revision: Revision
    package let results: [OperationResult]

    package init(branch: Branch, revision: Revision, results: [OperationResult]) {
        self.branch = branch
        self.revision = revision
        self.results = results
    }
}

/// A key as reads see it at one revision.
package struct KeyRecord: Hashable, Sendable {
    package let key: Path
    package let value: [UInt8]
    package let createRevision: Revision
    package let modRevision: Revision
    package let version: UInt64
    package let lease: LeaseID?

    package init(
        key: Path,
        value: [UInt8],
        createRevision: Revision,
        modRevision: Revision,
        version: UInt64,
        lease: LeaseID?
    ) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
        self.version = version
        self.lease = lease
    }
}

package struct LeaseStanding: Hashable, Sendable {
    package let id: LeaseID
    package let timeToLiveMilliseconds: UInt64
    package let remainingMilliseconds: UInt64

    package init(id: LeaseID, timeToLiveMilliseconds: UInt64, remainingMilliseconds: UInt64) {
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.remainingMilliseconds = remainingMilliseconds
    }
}

/// Ownership of a lock or of leadership.
package struct Grant: Hashable, Sendable {
    package let contest: Contest
    package let token: FencingToken
    package let lease: LeaseID
    package let mode: Acquisition.Mode
    package let owner: [UInt8]
    package let value: [UInt8]
    package let remainingMilliseconds: UInt64

    package init(
        contest: Contest,
        token: FencingToken,
        lease: LeaseID,
        mode: Acquisition.Mode,
        owner: [UInt8],
        value: [UInt8],
        remainingMilliseconds: UInt64
    ) {
        self.contest = contest
        self.token = token
        self.lease = lease
        self.mode = mode
        self.owner = owner
        self.value = value
        self.remainingMilliseconds = remainingMilliseconds
    }
}

/// A waiter's place in a queue, and who is before it.
package struct Place: Hashable, Sendable {
    package let contest: Contest
    package let lease: LeaseID
    /// 1 for the first that waits.
    package let position: UInt64
    /// The oldest holders, at most `Contest.holdersShownMax`.
    package let holders: [Grant]

    package init(contest: Contest, lease: LeaseID, position: UInt64, holders: [Grant]) {
        self.contest = contest
        self.lease = lease
        self.position = position
        self.holders = holders
    }
}

/// Why a command changed nothing.
package enum Refusal: Error, Hashable, Sendable {
    package enum Subject: UInt8, Hashable, Sendable {
        case key = 0
        case lease = 1
        case lock = 2
        case election = 3
    }

    case notFound(Subject)
    /// A condition on a key did not hold; `current` is the key as it is, nil when missing.
    case conditionFailed(key: Path, current: KeyRecord?)
    /// A `Roost-Lock` token no longer holds.
    case fenced(lock: [UInt8], token: FencingToken, holders: [Grant])
    /// A release, resign or proclaim with a token that does not hold.
    case notHolder(Contest, holders: [Grant])
    /// Not free, and the caller did not want to wait; `position` is the place it would have had.
    case held(Contest, holders: [Grant], position: UInt64)
    /// The waiter is already queued or holding under this lease in another mode.
    case modeMismatch(Contest)
    case reservedKey(Path)
    /// A transaction puts one key twice.
    case duplicatePut(Path)
    /// A sequential child's key would be longer than a key may be.
    case keyTooLong(byteCount: UInt64)
    case compacted(Revision)
    case futureRevision(asked: Revision, current: Revision)
    /// A time to live outside `Lease.timeToLiveMillisecondsRange`.
    case timeToLiveOutOfRange(milliseconds: UInt64)
    /// What a transaction's gets found is more than `Transaction.resultByteCountMax` or
    /// `Transaction.resultRecordCountMax`; nothing was changed.
    case resultTooLarge(byteCountMax: UInt64)
    /// The leases of the cluster are at their bound: try again later. Not stored.
    case tooManyLeases
    /// The queues of all locks and elections together are at their bound: try again later. Not
    /// stored.
    case tooManyWaiters(Contest)
    /// The idempotency key was used for another request.
    case idempotencyMismatch
    /// The idempotency table is full: try again when older keys have ended. Not stored.
    case tooManyIdempotencyKeys
    /// The payload is no command that this version knows; every member refuses it alike.
    case malformed
}
