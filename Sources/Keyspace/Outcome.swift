/// What applying a command came to. The same on every member, and stored for its idempotency key,
/// refusals too.
package enum Outcome: Hashable, Sendable {
    /// The entry had no command (a no-op, a membership).
    case nothing
    case put(PutResult)
    /// A sequential child, with the key it was given.
    case created(key: Key, PutResult)
    case deleted(revision: Revision, count: UInt64)
    case transaction(TransactionResult)
    case treeWritten(TreeResult)
    case leaseGranted(LeaseID, timeToLiveMilliseconds: UInt64)
    /// One for each lease asked, in order; nil for one that is gone.
    case keptAlive([LeaseStanding?])
    /// Counts the client's own keys, not the records of locks and elections.
    case leaseRevoked(revision: Revision, deletedCount: UInt64)
    /// The lock or leadership is the asker's: just now, or already (asking again, or abandoning
    /// `.queuedOnly` what was won before).
    indirect case granted(Grant)
    case queued(QueuePosition)
    /// The waiter left the queue; the standing at that moment, for the refusal that the client sees.
    case abandoned(QueuePosition)
    /// Grants were given up at `revision`; what was granted to others after has later revisions.
    case released(revision: Revision)
    /// A hold was given back, and as many more are held yet.
    case stillHeld(revision: Revision, count: UInt32)
    case proclaimed(revision: Revision)
    case compacted(Revision)
    /// The settings as they are now, changed or not.
    case settings(ClusterSettings)
    /// The wall clock's offset is taken note of.
    case wallClockSet
    /// The level as it is now, raised or not.
    case featureLevel(FeatureLevel)
    /// The order about members that was given, gone on with or closed.
    case memberOrder(number: UInt64)
    /// Users, roles or what goes with them are as asked, at that revision.
    case accessChanged(AuthRevision)
    /// The quota as it is now; nil where it was removed.
    indirect case quotaChanged(QuotaStanding?)
    /// Who leads next: the candidate of that lease.
    indirect case successorChosen(lease: LeaseID, owner: [UInt8])
    /// What is guarded is as asked.
    case guardChanged
    /// What a counter showed before and after.
    case counted(revision: Revision, before: Int64, after: Int64)
    indirect case queue(QueueOutcome)
    indirect case barrier(BarrierOutcome)
    case refused(Refusal)
}

/// An outcome as a client gets it.
package struct Answer: Hashable, Sendable {
    /// How an answer was come by.
    package enum Source: UInt8, Hashable, Sendable {
        case applied = 0
        /// The first answer of this idempotency key, again.
        case replayed = 1
    }

    /// What the command came to.
    package let outcome: Outcome
    /// Whether it was carried out for this request.
    package let source: Source
    /// The store's revision after the entry.
    package let revision: Revision

    package init(outcome: Outcome, source: Source, revision: Revision) {
        self.outcome = outcome
        self.source = source
        self.revision = revision
    }
}

/// What a put made of its key.
package struct PutResult: Hashable, Sendable {
    /// The revision of the put, now the key's mod revision.
    package let revision: Revision
    /// The revision at which the key came into being.
    package let createRevision: Revision
    /// 1 for a key that was created by this put.
    package let version: UInt64
    /// What the key is tied to now.
    package let lease: LeaseID?

    package init(revision: Revision, createRevision: Revision, version: UInt64, lease: LeaseID?) {
        self.revision = revision
        self.createRevision = createRevision
        self.version = version
        self.lease = lease
    }
}
