internal import Bytes

/// The name of a barrier; the names of barriers are a space of their own.
package struct BarrierName: Hashable, Comparable, Sendable {
    /// As `Contest.isValid(name:)` has it.
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isValid: Bool { Contest.isValid(name: bytes) }

    package static func < (left: BarrierName, right: BarrierName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// Those who pass a barrier together: the log index of the entry by which the first of them came. It
/// only grows, for all barriers together.
package struct BarrierGeneration: OrderedInteger {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// One step of a barrier.
package struct BarrierRequest: Hashable, Sendable {
    package let barrier: BarrierName
    package let act: Act

    package init(_ barrier: BarrierName, act: Act) {
        self.barrier = barrier
        self.act = act
    }

    /// What is done.
    package enum Act: Hashable, Sendable {
        case enter(BarrierEntry)
        /// The lease's party is done, or does not want to wait for the others any more.
        ///
        /// - Parameter of: nil is the one in which it is.
        case leave(LeaseID, of: BarrierGeneration?)
        /// The end of a wait, or of who waited.
        ///
        /// - Parameter from: nil is the one in which it is.
        case withdraw(LeaseID, from: BarrierGeneration?, Withdrawal)
        /// Breaks the barrier for all who are in it.
        case breakUp
    }

    /// How far a withdrawal goes.
    package enum Withdrawal: UInt8, Hashable, Sendable {
        /// The party stays in where all have come.
        case unlessOpen = 0
        /// Nobody heard that all have come: it breaks then.
        case openToo = 1
    }

    var isWellFormed: Bool {
        guard barrier.isValid else { return false }
        return if case .enter(let entry) = act { entry.isWellFormed } else { true }
    }
}

/// What a party asks for that wants to pass a barrier.
package struct BarrierEntry: Hashable, Sendable {
    /// How many pass together: 1 to `partyCountMax`.
    package let partyCount: UInt32
    /// What keeps the party alive: the caller's lease, or one of its own.
    package let ownership: LockRequest.Ownership
    /// For people: who asks.
    package let owner: [UInt8]
    /// The one in which the caller's lease is already: none other is begun. Nil is any.
    package let generation: BarrierGeneration?

    /// The most that may pass together.
    package static let partyCountMax: UInt32 = 10_000
    /// The most groups that may be in all barriers together.
    package static let barrierCountMax = BarrierTable.groupCountMax

    package init(
        partyCount: UInt32,
        ownership: LockRequest.Ownership,
        owner: [UInt8] = [],
        generation: BarrierGeneration? = nil
    ) {
        self.partyCount = partyCount
        self.ownership = ownership
        self.owner = owner
        self.generation = generation
    }

    fileprivate var isWellFormed: Bool {
        guard (1...Self.partyCountMax).contains(partyCount),
            owner.count <= LockRequest.ownerByteCountMax
        else { return false }
        return if case .own = ownership { generation == nil } else { true }
    }
}
