/// A request for a place in a lock's or an election's queue. A waiter is (contest, lease): asking
/// again returns the same place or token.
package struct LockRequest: Hashable, Sendable {
    /// Whether others may hold at the same time. Leadership is always exclusive.
    package enum Mode: UInt8, Hashable, Sendable {
        case exclusive = 0
        case shared = 1
    }

    /// What keeps the place and the grant alive.
    package enum Ownership: Hashable, Sendable {
        /// Place and grant live and die with the caller's lease.
        case lease(LeaseID)
        /// A lease of the place's own, whose deadline starts anew at the grant.
        case own(timeToLiveMilliseconds: UInt64)
    }

    /// What happens when it is not free at once.
    package enum Patience: UInt8, Hashable, Sendable {
        /// Refused with `held` when it is not free at once.
        case refuseWhenHeld = 0
        /// Queued when it is not free at once.
        case queue = 1
    }

    /// What is asked for.
    package let contest: Contest
    /// Alone or with others.
    package let mode: Mode
    /// The caller's lease, or one of the place's own.
    package let ownership: Ownership
    /// Refused or queued.
    package let patience: Patience
    /// The longest `owner`, in bytes.
    package static let ownerByteCountMax = 1024

    /// For people: who asks.
    package let owner: [UInt8]
    /// An election's proclaimed value; empty for locks.
    package let value: [UInt8]
    /// For people: anything that helps them, at most `infoByteCountMax` bytes of text.
    package let info: [UInt8]

    /// What else is asked for.
    package var terms: LockTerms {
        if case .given(let terms) = furtherTerms { terms } else { .none }
    }
    private let furtherTerms: FurtherTerms

    /// Kept apart, since few ask for any: so that a command is no wider for them.
    private indirect enum FurtherTerms: Hashable, Sendable {
        case none
        case given(LockTerms)
    }

    /// The longest `info`, in bytes.
    package static let infoByteCountMax = 1024

    package init(
        contest: Contest,
        mode: Mode,
        ownership: Ownership,
        patience: Patience,
        owner: [UInt8],
        value: [UInt8],
        info: [UInt8] = [],
        terms: LockTerms = .none
    ) {
        self.contest = contest
        self.mode = mode
        self.ownership = ownership
        self.patience = patience
        self.owner = owner
        self.value = value
        self.info = info
        furtherTerms = terms == .none ? .none : .given(terms)
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
