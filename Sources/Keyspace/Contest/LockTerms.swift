internal import Bytes

/// What a request for a place may ask for besides the place. The fourth feature level knows it.
package struct LockTerms: Hashable, Sendable {
    /// Whether the holder may ask again.
    package enum Reentry: UInt8, Hashable, Sendable {
        /// Asking again changes nothing.
        case none = 0
        /// The same owner under the same lease holds it once more, and releases it as often.
        case counted = 1
    }

    /// What a candidate does about a leader of lower priority.
    package enum Preemption: UInt8, Hashable, Sendable {
        case waits = 0
        case asks = 1
    }

    /// The most permits that a semaphore may have.
    package static let permitCountMax: UInt32 = 10_000

    /// The longest hold and delay: as a lease may live. 0 stands for none.
    package static let millisecondsMax = Lease.timeToLiveMillisecondsRange.upperBound

    /// That nothing is asked for.
    package static let none = LockTerms()

    /// How many may share it at a time, 0 for any number: shared by at most so many, a lock is a
    /// semaphore.
    package let permitCount: UInt32
    package let reentry: Reentry
    /// How long it may be held, whatever becomes of the lease; 0 for as long as that lives.
    package let holdMilliseconds: UInt64
    /// How long nobody gets it after a hold that ended by its time, or by its lease's; 0 for not at
    /// all.
    package let delayMilliseconds: UInt64

    /// Of a candidate: a higher one is granted first among those who wait.
    package let priority: Int32
    /// Whether it asks a leader of lower priority to hand over.
    package let preemption: Preemption

    package init(
        permitCount: UInt32 = 0,
        reentry: Reentry = .none,
        holdMilliseconds: UInt64 = 0,
        delayMilliseconds: UInt64 = 0,
        priority: Int32 = 0,
        preemption: Preemption = .waits
    ) {
        self.permitCount = permitCount
        self.reentry = reentry
        self.holdMilliseconds = holdMilliseconds
        self.delayMilliseconds = delayMilliseconds
        self.priority = priority
        self.preemption = preemption
    }

    /// Whether a request in that mode may ask for them: a lock has neither priority nor preemption.
    func isWellFormed(in mode: LockRequest.Mode, of kind: Contest.Kind) -> Bool {
        (kind == .election || priority == 0 && preemption == .waits)
            && permitCount <= Self.permitCountMax && (permitCount == 0 || mode == .shared)
            && max(holdMilliseconds, delayMilliseconds) <= Self.millisecondsMax
    }
}

// MARK: - Codec

extension LockTerms {
    /// Which of them follow: the first byte of their form.
    private struct Parts: OptionSet {
        let rawValue: UInt8

        static let permits = Parts(rawValue: 1)
        static let reentry = Parts(rawValue: 2)
        static let hold = Parts(rawValue: 4)
        static let delay = Parts(rawValue: 8)
        static let priority = Parts(rawValue: 16)
        static let preemption = Parts(rawValue: 32)
        static let all: Parts = [
            .permits, .reentry, .hold, .delay, .priority, .preemption,
        ]
    }

    private var parts: Parts {
        var parts: Parts = []
        if permitCount > 0 { parts.insert(.permits) }
        if reentry == .counted { parts.insert(.reentry) }
        if holdMilliseconds > 0 { parts.insert(.hold) }
        if delayMilliseconds > 0 { parts.insert(.delay) }
        if priority != 0 { parts.insert(.priority) }
        if preemption == .asks { parts.insert(.preemption) }
        return parts
    }

    /// Appends what there is of them, after a byte that says what that is.
    func encode(into output: inout [UInt8]) {
        output.append(parts.rawValue)
        if permitCount > 0 { output.append(varint: UInt64(permitCount)) }
        if holdMilliseconds > 0 { output.append(varint: holdMilliseconds) }
        if delayMilliseconds > 0 { output.append(varint: delayMilliseconds) }
        if priority != 0 { output.append(littleEndian: UInt32(bitPattern: priority)) }
    }

    /// Reads what `encode(into:)` wrote; each has one form.
    init(decoding reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let parts = Parts(rawValue: try reader.readByte())
        guard parts.isSubset(of: .all) else {
            throw .unknownTag(UInt64(parts.rawValue), at: start)
        }
        self.init(
            permitCount: parts.contains(.permits) ? try reader.readPermitCount() : 0,
            reentry: parts.contains(.reentry) ? .counted : .none,
            holdMilliseconds: parts.contains(.hold) ? try reader.readNumber() : 0,
            delayMilliseconds: parts.contains(.delay) ? try reader.readNumber() : 0,
            priority: parts.contains(.priority)
                ? Int32(bitPattern: try reader.readLittleEndian()) : 0,
            preemption: parts.contains(.preemption) ? .asks : .waits
        )
        guard parts == self.parts else { throw .invalidValue(at: start) }
    }
}

extension ByteReader {
    /// Reads how many may hold at a time, at most `LockTerms.permitCountMax`.
    mutating func readPermitCount() throws(DecodingError) -> UInt32 {
        let start = position
        let count = try readVarint()
        guard count <= UInt64(LockTerms.permitCountMax) else {
            throw .limitExceeded(value: count, limit: UInt64(LockTerms.permitCountMax), at: start)
        }
        return UInt32(count)
    }
}
