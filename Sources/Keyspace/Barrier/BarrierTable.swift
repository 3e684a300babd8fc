internal import Bytes

/// All barriers.
///
/// - Complexity: each step is O(log *n*), whoever else is in the barrier: those of one that broke go
///   one by one with `takeClosing`.
struct BarrierTable: Emptiable {
    /// The most that those in all barriers may take, in bytes, overhead included.
    static let byteCountMax = 32 << 20
    /// The most groups that fill, are open, or broke and are not gone yet.
    static let groupCountMax = 10_000
    /// How many generations that are over are kept for those who have not heard of it.
    static let endedCountMax = 4_096

    /// The groups of one name that are not over.
    struct Current: Sendable {
        var filling: BarrierGeneration?
        var open: BarrierGeneration?
    }

    /// Who is in the barriers of which names.
    struct Place: Comparable, Sendable {
        let lease: LeaseID
        let name: BarrierName

        static func < (left: Place, right: Place) -> Bool {
            left.lease == right.lease ? left.name < right.name : left.lease < right.lease
        }
    }

    /// The order in which generations ended.
    struct Ending: Comparable, Sendable {
        let index: UInt64
        let generation: BarrierGeneration

        static func < (left: Ending, right: Ending) -> Bool {
            (left.index, left.generation) < (right.index, right.generation)
        }
    }

    private(set) var names = SortedMap<BarrierName, Current>()
    private(set) var groups = SortedMap<BarrierGeneration, BarrierGroup>()
    /// The generation of each who is in and has not left.
    private(set) var places = SortedMap<Place, BarrierGeneration>()
    /// Groups that broke and have parties yet.
    private(set) var closing = SortedMap<BarrierGeneration, Void>()
    private(set) var ended = SortedMap<BarrierGeneration, EndedBarrier>()
    private(set) var endings = SortedMap<Ending, Void>()
    /// Over every group and every generation that ended.
    private(set) var sum = StateHash()
    private(set) var byteCount = 0

    init() {}

    var isEmpty: Bool { groups.isEmpty && ended.isEmpty }

    /// Whether there are parties of groups that broke.
    var isClosing: Bool { !closing.isEmpty }

    /// The generation in which the lease is and has not left.
    func generation(of lease: LeaseID, in name: BarrierName) -> BarrierGeneration? {
        places[Place(lease: lease, name: name)]
    }

    /// The names of barriers in which the lease is, at most so many.
    func names(of lease: LeaseID, countMax: Int) -> [BarrierName] {
        guard !places.isEmpty else { return [] }
        var names: [BarrierName] = []
        for place in places.elements(from: Place(lease: lease, name: BarrierName([]))) {
            guard place.key.lease == lease, names.count < countMax else { break }
            names.append(place.key.name)
        }
        return names
    }

    /// How far that generation is, or how it ended; nil for one of which nobody knows.
    func standing(of generation: BarrierGeneration) -> BarrierStanding? {
        ended[generation]?.standing ?? groups[generation]?.standing()
    }

    // MARK: Steps

    /// Lets the lease's party in, which is nowhere in that barrier; the group of the moment has room.
    mutating func enter(
        _ lease: LeaseID,
        by entry: BarrierEntry,
        in name: BarrierName,
        at index: UInt64,
        turned: inout [BarrierGeneration]
    ) -> BarrierGeneration {
        let generation = names[name]?.filling ?? BarrierGeneration(rawValue: index)
        if groups[generation] == nil {
            insert(BarrierGroup(generation, of: name, partyCount: entry.partyCount))
        }
        change(generation) { $0.enter(lease, owner: entry.owner) }
        places.insert(generation, for: Place(lease: lease, name: name))
        open(name, turned: &turned)
        return generation
    }

    /// What another party would add, in bytes.
    func growth(by entry: BarrierEntry, in name: BarrierName) -> Int {
        let group = names[name]?.filling == nil ? BarrierGroup.byteCount(name: name) : 0
        return group + BarrierParty.byteCount(owner: entry.owner)
    }

    func hasRoom(for entry: BarrierEntry, in name: BarrierName) -> Bool {
        let isNew = names[name]?.filling == nil
        return byteCount + growth(by: entry, in: name) <= Self.byteCountMax
            && (!isNew || groups.count < Self.groupCountMax)
    }

    /// The party, which is in an open group, leaves it; returns the standing after.
    mutating func leave(
        _ lease: LeaseID,
        from generation: BarrierGeneration,
        at index: UInt64,
        turned: inout [BarrierGeneration]
    ) -> BarrierStanding? {
        guard let name = groups[generation]?.name else { return nil }
        places.remove(Place(lease: lease, name: name))
        change(generation) { $0.leave(lease) }
        guard let group = groups[generation] else { return nil }
        guard group.presentCount == 0 else { return group.standing() }
        end(group, as: group.standing(), at: index, turned: &turned)
        drop(generation)
        open(name, turned: &turned)
        return group.standing()
    }

    /// The party goes without a word to the others: out of a group that fills, or has broken.
    mutating func remove(_ lease: LeaseID, from generation: BarrierGeneration) {
        guard let name = groups[generation]?.name else { return }
        places.remove(Place(lease: lease, name: name))
        change(generation) { $0.remove(lease) }
        guard let group = groups[generation], group.presentCount == 0 else { return }
        if group.stage == .filling { unlink(group) }
        drop(generation)
    }

    /// It is over for all who are in it, who go with `takeClosing`.
    mutating func breakUp(
        _ generation: BarrierGeneration,
        because breach: BarrierBreach,
        at index: UInt64,
        turned: inout [BarrierGeneration]
    ) {
        guard let group = groups[generation], group.stage != .broken else { return }
        end(group, as: group.standing(breach), at: index, turned: &turned)
        change(generation) { $0.stage = .broken }
        closing.insert((), for: generation)
        open(group.name, turned: &turned)
    }

    /// Takes one party out of a group that broke; nil when there is none.
    mutating func takeClosing() -> LeaseID? {
        while let generation = closing.first?.key {
            guard let group = groups[generation], let party = group.parties.first else {
                drop(generation)
                continue
            }
            if party.value.presence == .left {
                change(generation) { $0.remove(party.key) }
            } else {
                remove(party.key, from: generation)
            }
            return party.key
        }
        return nil
    }

    /// Opens the group that fills if all have come and those before have left.
    private mutating func open(_ name: BarrierName, turned: inout [BarrierGeneration]) {
        guard let current = names[name], current.open == nil, let generation = current.filling,
            groups[generation]?.isFull ?? false
        else { return }
        change(generation) { $0.stage = .open }
        names.insert(Current(filling: nil, open: generation), for: name)
        turned.append(generation)
    }

    // MARK: The only writers

    private mutating func insert(_ group: BarrierGroup) {
        groups.insert(group, for: group.generation)
        sum.add(group.sum)
        byteCount += group.byteCount
        var current = names[group.name] ?? Current()
        switch group.stage {
        case .filling: current.filling = group.generation
        case .open: current.open = group.generation
        case .broken:
            closing.insert((), for: group.generation)
            return
        }
        names.insert(current, for: group.name)
    }

    private mutating func change(
        _ generation: BarrierGeneration,
        _ body: (inout BarrierGroup) -> Void
    ) {
        let change = groups.update(generation) { group in
            let before = (sum: group.sum, byteCount: group.byteCount)
            body(&group)
            return (
                before: before.sum, after: group.sum, growth: group.byteCount - before.byteCount
            )
        }
        guard let change else { return }
        sum.remove(change.before)
        sum.add(change.after)
        byteCount += change.growth
    }

    /// Notes how a generation ended, which is its name's no more.
    private mutating func end(
        _ group: BarrierGroup,
        as standing: BarrierStanding,
        at index: UInt64,
        turned: inout [BarrierGeneration]
    ) {
        unlink(group)
        keep(EndedBarrier(name: group.name, standing: standing, index: index))
        while ended.count > Self.endedCountMax, let first = endings.removeFirst()?.key {
            if let ended = ended.remove(first.generation) { sum.remove(ended.item) }
        }
        turned.append(group.generation)
    }

    private mutating func keep(_ end: EndedBarrier) {
        let generation = end.standing.generation
        ended.insert(end, for: generation)
        endings.insert((), for: Ending(index: end.index, generation: generation))
        sum.add(end.item)
    }

    private mutating func unlink(_ group: BarrierGroup) {
        guard var current = names[group.name] else { return }
        if current.filling == group.generation { current.filling = nil }
        if current.open == group.generation { current.open = nil }
        if current.filling == nil, current.open == nil {
            names.remove(group.name)
        } else {
            names.insert(current, for: group.name)
        }
    }

    /// Forgets a group in which nobody is any more.
    private mutating func drop(_ generation: BarrierGeneration) {
        closing.remove(generation)
        guard let group = groups.remove(generation) else { return }
        sum.remove(group.sum)
        byteCount -= group.byteCount
    }

    // MARK: Snapshot

    /// Takes what a snapshot says of a group; false for what contradicts the rest, as below.
    mutating func restore(_ group: BarrierGroup) -> Bool {
        let current = names[group.name] ?? Current()
        let stands = group.stage == .filling ? current.filling : current.open
        guard groups[group.generation] == nil, group.name.isValid,
            group.stage == .broken || stands == nil,
            (1...BarrierEntry.partyCountMax).contains(group.partyCount)
        else { return false }
        insert(group)
        return true
    }

    mutating func restore(
        _ party: BarrierParty,
        of lease: LeaseID,
        in generation: BarrierGeneration
    ) -> Bool {
        guard let group = groups[generation], group.parties[lease] == nil else { return false }
        if party.presence == .present {
            let place = Place(lease: lease, name: group.name)
            guard places[place] == nil else { return false }
            places.insert(generation, for: place)
        }
        change(generation) { $0.add(party, for: lease) }
        return true
    }

    mutating func restore(_ end: EndedBarrier) -> Bool {
        guard ended[end.standing.generation] == nil, end.name.isValid,
            ended.count < Self.endedCountMax
        else { return false }
        keep(end)
        return true
    }
}
