internal import Bytes

/// Somebody in a barrier.
struct BarrierParty: Sendable {
    /// Whether it is still in.
    enum Presence: UInt8, Sendable {
        case present = 0
        case left = 1
    }

    /// The how manieth to come, from 1 on; who withdrew is counted.
    let order: UInt32
    let owner: [UInt8]
    var presence = Presence.present

    /// What one counts for beside its bytes: elements of maps.
    private static let overheadByteCount = 192

    static func byteCount(owner: [UInt8]) -> Int { overheadByteCount + owner.count }

    fileprivate func item(_ lease: LeaseID, in generation: BarrierGeneration) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.barrierParty)
        item.combine(generation.rawValue)
        item.combine(lease.rawValue)
        item.combine(UInt64(order))
        item.combine(UInt64(presence.rawValue))
        item.combine(owner.span)
        return item
    }
}

/// Those who pass a barrier together. Parties are changed by `add`, `leave` and `remove` alone, which
/// keep what is kept twice.
struct BarrierGroup: Sendable {
    enum Stage: UInt8, Sendable {
        case filling = 0
        case open = 1
        /// It is over for all; who was in it goes in slices.
        case broken = 2
    }

    let generation: BarrierGeneration
    let name: BarrierName
    let partyCount: UInt32
    var stage = Stage.filling
    /// How many have ever come.
    private(set) var arrivalCount: UInt32
    private(set) var parties = SortedMap<LeaseID, BarrierParty>()
    private(set) var leftCount = 0
    private(set) var byteCount: Int
    private var partySum = StateHash()

    init(
        _ generation: BarrierGeneration,
        of name: BarrierName,
        partyCount: UInt32,
        arrivalCount: UInt32 = 0
    ) {
        self.generation = generation
        self.name = name
        self.partyCount = partyCount
        self.arrivalCount = arrivalCount
        byteCount = Self.byteCount(name: name)
    }

    /// What a group counts for beside its parties.
    static func byteCount(name: BarrierName) -> Int { 512 + name.bytes.count }

    /// How many are still in.
    var presentCount: Int { parties.count - leftCount }

    var isFull: Bool { parties.count >= Int(partyCount) }

    /// Over all of it.
    var sum: StateHash {
        var item = StableHash(seed: SessionStateHashSeed.barrier)
        item.combine(generation.rawValue)
        item.combine(name.bytes.span)
        item.combine(UInt64(partyCount))
        item.combine(UInt64(stage.rawValue))
        item.combine(UInt64(arrivalCount))
        var sum = partySum
        sum.add(item)
        return sum
    }

    mutating func enter(_ lease: LeaseID, owner: [UInt8]) {
        arrivalCount &+= 1
        add(BarrierParty(order: arrivalCount, owner: owner), for: lease)
    }

    /// - Parameter lease: in no other party.
    mutating func add(_ party: BarrierParty, for lease: LeaseID) {
        parties.insert(party, for: lease)
        if party.presence == .left { leftCount += 1 }
        byteCount += BarrierParty.byteCount(owner: party.owner)
        partySum.add(party.item(lease, in: generation))
    }

    mutating func leave(_ lease: LeaseID) {
        guard var party = remove(lease) else { return }
        party.presence = .left
        add(party, for: lease)
    }

    @discardableResult
    mutating func remove(_ lease: LeaseID) -> BarrierParty? {
        guard let party = parties.remove(lease) else { return nil }
        if party.presence == .left { leftCount -= 1 }
        byteCount -= BarrierParty.byteCount(owner: party.owner)
        partySum.remove(party.item(lease, in: generation))
        return party
    }

    /// - Parameter breach: of one that is broken.
    func standing(_ breach: BarrierBreach? = nil) -> BarrierStanding {
        let phase: BarrierPhase =
            if let breach { .broken(breach) } else if stage == .filling {
                .filling
            } else if leftCount
                == 0
            {
                .open
            } else { leftCount == parties.count ? .left : .leaving }
        return BarrierStanding(
            generation: generation,
            phase: phase,
            partyCount: partyCount,
            enteredCount: UInt32(clamping: parties.count),
            leftCount: UInt32(clamping: leftCount)
        )
    }
}

/// A generation that is over, kept for those who have not heard of it.
struct EndedBarrier: Sendable {
    let name: BarrierName
    /// Left or broken.
    let standing: BarrierStanding
    /// The entry by which it ended.
    let index: UInt64

    var item: StableHash {
        var item = StableHash(seed: SessionStateHashSeed.endedBarrier)
        item.combine(name.bytes.span)
        item.combine(index)
        item.combine(standing.generation.rawValue)
        item.combine(UInt64(standing.partyCount))
        item.combine(UInt64(standing.enteredCount))
        item.combine(UInt64(standing.leftCount))
        if let breach = standing.breach {
            item.combine(UInt64(breach.cause.rawValue) + 1)
            item.combine(breach.lease?.rawValue ?? 0)
        }
        return item
    }
}

extension BarrierStanding {
    /// Why it broke; nil where it did not.
    package var breach: BarrierBreach? {
        if case .broken(let breach) = phase { breach } else { nil }
    }
}
