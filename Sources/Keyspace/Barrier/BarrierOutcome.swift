/// How far those are who pass a barrier together.
package struct BarrierStanding: Hashable, Sendable {
    package let generation: BarrierGeneration
    package let phase: BarrierPhase
    /// How many pass together.
    package let partyCount: UInt32
    /// How many have come.
    package let enteredCount: UInt32
    /// How many of them have left.
    package let leftCount: UInt32

    package init(
        generation: BarrierGeneration,
        phase: BarrierPhase,
        partyCount: UInt32,
        enteredCount: UInt32,
        leftCount: UInt32
    ) {
        self.generation = generation
        self.phase = phase
        self.partyCount = partyCount
        self.enteredCount = enteredCount
        self.leftCount = leftCount
    }
}

/// Where those are who pass a barrier together.
package enum BarrierPhase: Hashable, Sendable {
    /// Not all have come, or those before them have not left.
    case filling
    /// All have come, and none has left.
    case open
    /// Some have left.
    case leaving
    /// All have left.
    case left
    /// One of them will never leave: for all it is over.
    case broken(BarrierBreach)
}

/// Why a barrier broke.
package struct BarrierBreach: Hashable, Sendable {
    package let cause: Cause
    /// Whose party it was; nil where it was none's.
    package let lease: LeaseID?

    package init(_ cause: Cause, by lease: LeaseID?) {
        self.cause = cause
        self.lease = lease
    }

    /// What the party, or the barrier, ended by.
    package enum Cause: UInt8, Hashable, Sendable {
        /// The time of its lease came.
        case expired = 0
        /// Its lease was revoked, or ended otherwise.
        case revoked = 1
        /// Its client was gone before it heard that all had come.
        case unheard = 2
        /// Somebody broke it for all.
        case removed = 3

        /// With its lease, which ends for that cause.
        init(_ cause: DeleteCause) { self = cause == .expired ? .expired : .revoked }
    }
}

/// What a step of a barrier came to.
package enum BarrierOutcome: Hashable, Sendable {
    /// The lease's party is in: just now, or already.
    case entered(BarrierStanding, LeaseID)
    /// It has left: just now, or already.
    case left(BarrierStanding)
    /// It did not wait for the others; the standing without it.
    case withdrawn(BarrierStanding)
    /// The barrier is broken for so many.
    case broken(partyCount: UInt64)
}

/// Why a step of a barrier changed nothing.
package enum BarrierRefusal: Hashable, Sendable {
    /// Others come together whose number is another.
    case partiesDiffer(partyCount: UInt32)
    /// All have come already for the next time, and wait for those before them to leave.
    case occupied(BarrierGeneration)
    /// It is over for all, and not because all have left.
    case broken(BarrierGeneration, BarrierBreach)
    /// The lease is not in it, or was so long ago that nobody knows.
    case notIn
    /// Those in all barriers would take more than that. Not stored.
    case full(byteCountMax: UInt64)

    /// Whether a retry with the same idempotency key gets it again.
    var isKept: Bool {
        switch self {
        case .broken, .notIn: true
        case .partiesDiffer, .occupied, .full: false
        }
    }
}
