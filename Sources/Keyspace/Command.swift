/// A command with what guards and repeats it; one of these is the payload of one log entry.
package struct Request: Hashable, Sendable {
    package let command: Command
    /// Every one must still hold at apply, else the command is refused (after dedupe, before
    /// conditions).
    package let fences: [Fence]
    /// Makes a retry safe within ten minutes of the cluster clock.
    package let idempotency: IdempotencyStamp?

    package init(
        _ command: Command,
        fences: [Fence] = [],
        idempotency: IdempotencyStamp? = nil
    ) {
        self.command = command
        self.fences = fences
        self.idempotency = idempotency
    }
}

/// "Only while this token still holds this lock", or leads this election: a token is the revision
/// of one grant and of no other, so the name's kind need not be said.
package struct Fence: Hashable, Sendable {
    /// The most fences of one request.
    package static let countMax = 64

    package let lock: [UInt8]
    package let token: FencingToken

    package init(lock: [UInt8], token: FencingToken) {
        self.lock = lock
        self.token = token
    }
}

/// A client's key for one logical write, and what it was used for.
package struct IdempotencyStamp: Hashable, Sendable {
    /// The longest key that a client may give, in bytes.
    package static let clientKeyByteCountMax = 128

    /// The longest `key`, in bytes: room for the user's name beside the client's key.
    package static let keyByteCountMax = 1024

    /// The length of a fingerprint, in bytes.
    package static let fingerprintByteCount = 32

    /// User and key, already joined; 1 to `keyByteCountMax` bytes.
    package let key: [UInt8]
    /// SHA-256 over method, path, query, body and semantic headers: 32 bytes.
    package let fingerprint: [UInt8]

    package init(key: [UInt8], fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// Everything that changes the keyspace.
package enum Command: Hashable, Sendable {
    case put(Put)
    /// Creates `PARENT/0000000001`, ten digits or more, never reused under this parent.
    case createChild(parent: Path, value: [UInt8], lease: LeaseAttachment)
    case delete(key: Path, extent: Extent, condition: KeyCondition)
    case transaction(Transaction)
    case grantLease(timeToLiveMilliseconds: UInt64)
    /// At most `keepAliveCountMax`, batched by the member that they reach; a lease that is gone or
    /// past its deadline is not revived.
    case keepAlive([LeaseID])
    case revokeLease(LeaseID)
    case acquire(Acquisition)
    /// The end of a wait, or a broken connection: leaves the queue. `.heldToo` also gives up the
    /// grant if it came first ("gone"), `.queuedOnly` keeps it ("won").
    case abandon(Contest, lease: LeaseID, Abandonment)
    case release(Contest, Release)
    case proclaim(election: [UInt8], token: FencingToken, value: [UInt8])
    /// Forgets history before `revision`.
    case compact(Revision)

    /// The longest value, in bytes.
    package static let valueByteCountMax = 1 << 20

    /// The most leases of one `keepAlive`.
    package static let keepAliveCountMax = 16_384
}

/// One key, or it and everything below it.
package enum Extent: UInt8, Hashable, Sendable {
    case key = 0
    case subtree = 1
}

/// What ties a key's life to a lease.
package enum LeaseAttachment: Hashable, Sendable {
    case none
    case lease(LeaseID)
    /// A new lease of the key's own.
    case own(timeToLiveMilliseconds: UInt64)
}

/// If-Match and If-None-Match.
package enum KeyCondition: Hashable, Sendable {
    case none
    case exists
    case absent
    case modRevision(Revision)
}

package struct Put: Hashable, Sendable {
    package let key: Path
    package let value: [UInt8]
    package let lease: LeaseAttachment
    package let condition: KeyCondition

    package init(key: Path, value: [UInt8], lease: LeaseAttachment, condition: KeyCondition) {
        self.key = key
        self.value = value
        self.lease = lease
        self.condition = condition
    }
}

/// Compares, then one of two lists of operations, all at one revision.
package struct Transaction: Hashable, Sendable {
    /// The most operations in either list, and the most compares.
    package static let operationCountMax = 128

    /// The most that all gets of one transaction may find, keys and values together, in bytes.
    package static let resultByteCountMax = 4 << 20

    /// The most records that all gets of one transaction may find.
    package static let resultRecordCountMax = 10_000

    package enum Comparison: UInt8, Hashable, Sendable {
        case equal = 0
        case notEqual = 1
        case less = 2
        case greater = 3
    }

    /// What is compared; a missing key compares as 0, and any value compare on it is false.
    package enum Target: Hashable, Sendable {
        case version(UInt64)
        case createRevision(Revision)
        case modRevision(Revision)
        case value([UInt8])
        /// 0 is no lease.
        case lease(UInt64)
        case exists(Bool)
    }

    package struct Compare: Hashable, Sendable {
        package let key: Path
        package let comparison: Comparison
        package let target: Target

        package init(key: Path, comparison: Comparison, target: Target) {
            self.key = key
            self.comparison = comparison
            self.target = target
        }
    }

    package enum Operation: Hashable, Sendable {
        case put(key: Path, value: [UInt8], lease: LeaseID?)
        case get(key: Path, extent: Extent)
        case delete(key: Path, extent: Extent)
    }

    package let compares: [Compare]
    package let then: [Operation]
    package let otherwise: [Operation]

    package init(compares: [Compare], then: [Operation], otherwise: [Operation]) {
        self.compares = compares
        self.then = then
        self.otherwise = otherwise
    }
}

/// A request for a place in a lock's or an election's queue. A waiter is (contest, lease): asking
/// again returns the same place or token.
package struct Acquisition: Hashable, Sendable {
    package enum Mode: UInt8, Hashable, Sendable {
        case exclusive = 0
        case shared = 1
    }

    package enum Ownership: Hashable, Sendable {
        /// Place and grant live and die with the caller's lease.
        case lease(LeaseID)
        /// A lease of the place's own, whose deadline starts anew at the grant.
        case own(timeToLiveMilliseconds: UInt64)
    }

    package enum Patience: UInt8, Hashable, Sendable {
        /// Refused with `held` when it is not free at once.
        case refuseWhenHeld = 0
        /// Queued when it is not free at once.
        case queue = 1
    }

    package let contest: Contest
    package let mode: Mode
    package let ownership: Ownership
    package let patience: Patience
    /// The longest `owner`, in bytes.
    package static let ownerByteCountMax = 1024

    /// For people: who asks.
    package let owner: [UInt8]
    /// An election's proclaimed value; empty for locks.
    package let value: [UInt8]

    package init(
        contest: Contest,
        mode: Mode,
        ownership: Ownership,
        patience: Patience,
        owner: [UInt8],
        value: [UInt8]
    ) {
        self.contest = contest
        self.mode = mode
        self.ownership = ownership
        self.patience = patience
        self.owner = owner
        self.value = value
    }
}

/// How far an abandonment goes; see `Command.abandon`.
package enum Abandonment: UInt8, Hashable, Sendable {
    case queuedOnly = 0
    case heldToo = 1
}

/// Whose grant is given up.
package enum Release: Hashable, Sendable {
    case token(FencingToken)
    case everyHolder
}
