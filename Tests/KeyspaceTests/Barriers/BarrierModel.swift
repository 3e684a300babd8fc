import Bytes

@testable import Keyspace

/// Barriers as one would write them down: lists that are looked through.
struct BarrierModel {
    /// Ways to be wrong that the comparison must see.
    enum Fault: CaseIterable {
        case none, opensEarly, nextOpensAtOnce, deathOverlooked, deadHaveLeft, leftBreaks
        case withdrawalBreaks, anyCountFits
    }

    private struct Group {
        let generation: UInt64
        let count: Int
        var isOpen = false
        var present: [LeaseID] = []
        var left: [LeaseID] = []
    }

    private let fault: Fault
    /// Those of each name that are not over, in the order in which they began.
    private var groups: [BarrierName: [Group]] = [:]
    private var over: [UInt64: (name: BarrierName, how: String)] = [:]

    init(fault: Fault) { self.fault = fault }

    // MARK: Steps

    /// What the request comes to, in words. The lease lives.
    mutating func apply(_ request: BarrierRequest, index: UInt64) -> String {
        let name = request.barrier
        switch request.act {
        case .enter(let entry):
            guard case .lease(let lease) = entry.ownership else { return "own" }
            return enter(lease, name, entry, index: index)
        case .leave(let lease, let generation):
            return leave(lease, name, generation?.rawValue)
        case .withdraw(let lease, let generation, let extent):
            return withdraw(lease, name, generation?.rawValue, extent)
        case .breakUp:
            let list = groups.removeValue(forKey: name) ?? []
            if list.isEmpty { return "not in" }
            for group in list { over[group.generation] = (name, "broken removed") }
            return "broke \(list.reduce(0) { $0 + $1.present.count })"
        }
    }

    private mutating func enter(
        _ lease: LeaseID,
        _ name: BarrierName,
        _ entry: BarrierEntry,
        index: UInt64
    ) -> String {
        let list = groups[name, default: []]
        let present = list.first { $0.present.contains(lease) }
        if let asked = entry.generation?.rawValue, asked != present?.generation {
            return ending(asked)
        }
        if let present {
            return present.count == Int(entry.partyCount) || fault == .anyCountFits
                ? "in \(words(present))" : "differ \(present.count)"
        }
        if let filling = list.first(where: { !$0.isOpen }) {
            guard filling.count == Int(entry.partyCount) || fault == .anyCountFits else {
                return "differ \(filling.count)"
            }
            guard filling.present.count < filling.count else { return "occupied" }
        } else {
            let group = Group(generation: index, count: Int(entry.partyCount))
            groups[name, default: []].append(group)
        }
        let place = groups[name, default: []].firstIndex { !$0.isOpen } ?? 0
        let generation = groups[name, default: []][place].generation
        groups[name, default: []][place].present.append(lease)
        open(name)
        let group = groups[name, default: []].first { $0.generation == generation }
        return "in \(group.map(words) ?? "")"
    }

    private mutating func leave(
        _ lease: LeaseID,
        _ name: BarrierName,
        _ asked: UInt64?
    ) -> String {
        let list = groups[name, default: []]
        guard let place = list.firstIndex(where: { $0.present.contains(lease) }),
            asked == nil || asked == list[place].generation
        else {
            if let open = list.first(where: \.isOpen), open.left.contains(lease),
                asked == nil || asked == open.generation
            {
                return "left \(words(open))"
            }
            guard let asked else { return "not in" }
            return over[asked]?.how == "left" && over[asked]?.name == name
                ? "left \(asked) over" : ending(asked)
        }
        if !list[place].isOpen { return takeOut(lease, name, place) }
        groups[name, default: []][place].present.removeAll { $0 == lease }
        groups[name, default: []][place].left.append(lease)
        return afterLeave(name, place)
    }

    private mutating func afterLeave(_ name: BarrierName, _ place: Int) -> String {
        let group = groups[name, default: []][place]
        guard group.present.isEmpty else { return "left \(words(group))" }
        end(group, of: name, "left")
        return "left \(group.generation) over"
    }

    private mutating func takeOut(
        _ lease: LeaseID,
        _ name: BarrierName,
        _ place: Int
    ) -> String {
        var group = groups[name, default: []][place]
        if fault == .withdrawalBreaks { end(group, of: name, "broken unheard \(lease)") }
        group.present.removeAll { $0 == lease }
        if fault != .withdrawalBreaks { groups[name, default: []][place] = group }
        if group.present.isEmpty {
            groups[name, default: []].removeAll { $0.generation == group.generation }
        }
        return "withdrawn \(group.present.count)"
    }

    private mutating func withdraw(
        _ lease: LeaseID,
        _ name: BarrierName,
        _ asked: UInt64?,
        _ extent: BarrierRequest.Withdrawal
    ) -> String {
        let list = groups[name, default: []]
        guard let place = list.firstIndex(where: { $0.present.contains(lease) }),
            asked == nil || list[place].generation == asked
        else { return asked.map(ending) ?? "not in" }
        if !list[place].isOpen { return takeOut(lease, name, place) }
        if extent == .unlessOpen { return "in \(words(list[place]))" }
        end(list[place], of: name, "broken unheard \(lease)")
        return "withdrawn \(list[place].present.count + list[place].left.count)"
    }

    /// The lease ends, with every party of its.
    mutating func end(_ lease: LeaseID, for cause: String) {
        if fault == .deathOverlooked { return }
        for name in groups.keys.sorted() {
            for (place, group) in groups[name, default: []].enumerated().reversed() {
                let wasIn =
                    group.present.contains(lease)
                    || fault == .leftBreaks && group.left.contains(lease)
                guard wasIn else { continue }
                if fault == .deadHaveLeft, group.isOpen {
                    groups[name, default: []][place].present.removeAll { $0 == lease }
                    groups[name, default: []][place].left.append(lease)
                    _ = afterLeave(name, place)
                } else {
                    end(group, of: name, "broken \(cause) \(lease)")
                }
            }
        }
    }

    private mutating func end(_ group: Group, of name: BarrierName, _ how: String) {
        groups[name, default: []].removeAll { $0.generation == group.generation }
        over[group.generation] = (name, how)
        open(name)
    }

    private mutating func open(_ name: BarrierName) {
        let list = groups[name, default: []]
        guard let place = list.firstIndex(where: { !$0.isOpen }),
            fault == .nextOpensAtOnce || !list.contains(where: \.isOpen),
            list[place].present.count >= list[place].count - (fault == .opensEarly ? 1 : 0)
        else { return }
        groups[name, default: []][place].isOpen = true
    }

    // MARK: Words

    private func words(_ group: Group) -> String {
        let phase = !group.isOpen ? "filling" : group.left.isEmpty ? "open" : "leaving"
        let entered = group.present.count + group.left.count
        return "\(group.generation) \(phase) \(entered)/\(group.count) \(group.left.count)"
    }

    private func ending(_ generation: UInt64) -> String {
        guard let how = over[generation]?.how, how != "left" else { return "not in" }
        return how
    }

    // MARK: Looks

    /// What is told of the name.
    func view(of name: BarrierName) -> String {
        let list = groups[name, default: []]
        return (list.filter(\.isOpen) + list.filter { !$0.isOpen }).map(words)
            .joined(separator: ", ")
    }
}
