internal import Bytes

extension BarrierTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*)
    func brokenRule(appliedIndex: UInt64) -> KeyspaceRule? {
        var anew = (sum: StateHash(), byteCount: 0, places: 0, closing: 0)
        for group in groups.elements.map(\.value) {
            if let rule = brokenRule(of: group, appliedIndex: appliedIndex) { return rule }
            anew.sum.add(group.sum)
            anew.byteCount += group.byteCount
            anew.places += group.presentCount
            anew.closing += group.stage == .broken ? 1 : 0
        }
        for end in ended.elements.map(\.value) {
            guard end.isSound(appliedIndex: appliedIndex),
                endings.contains(Ending(index: end.index, generation: end.standing.generation))
            else { return .barrierEndsAreSound }
            anew.sum.add(end.item)
        }
        guard endings.count == ended.count, ended.count <= Self.endedCountMax else {
            return .barrierEndsAreSound
        }
        guard anew.places == places.count else { return .barrierPlacesNameParties }
        guard anew.closing == closing.count else { return .barrierNamesAreCurrent }
        guard areNamesCurrent else { return .barrierNamesAreCurrent }
        guard byteCount <= Self.byteCountMax, byteCount == anew.byteCount,
            groups.count <= Self.groupCountMax
        else { return .barriersAreCounted }
        return sum == anew.sum ? nil : .barrierHashIsSum
    }

    private var areNamesCurrent: Bool {
        names.elements.allSatisfy { name in
            let (filling, open) = (name.value.filling, name.value.open)
            guard filling != nil || open != nil else { return false }
            return (filling.map { groups[$0]?.stage == .filling } ?? true)
                && (open.map { groups[$0]?.stage == .open } ?? true)
        }
    }

    private func brokenRule(of group: BarrierGroup, appliedIndex: UInt64) -> KeyspaceRule? {
        guard group.isSound, group.generation.rawValue <= appliedIndex else {
            return .barrierGroupsAreSound
        }
        let current = names[group.name]
        let isNamed =
            switch group.stage {
            case .filling: current?.filling == group.generation
            case .open: current?.open == group.generation
            case .broken: closing.contains(group.generation)
            }
        guard isNamed else { return .barrierNamesAreCurrent }
        for party in group.parties.elements where party.value.presence == .present {
            let place = Place(lease: party.key, name: group.name)
            guard places[place] == group.generation else { return .barrierPlacesNameParties }
        }
        return nil
    }
}

extension BarrierGroup {
    /// Whether it is one that steps of barriers lead to.
    fileprivate var isSound: Bool {
        guard parties.count <= Int(partyCount), presentCount > 0,
            arrivalCount >= UInt32(clamping: parties.count),
            parties.elements.allSatisfy({ (1...arrivalCount).contains($0.value.order) })
        else { return false }
        return stage != .filling || leftCount == 0
    }
}

extension EndedBarrier {
    fileprivate func isSound(appliedIndex: UInt64) -> Bool {
        guard standing.generation.rawValue <= index, index <= appliedIndex,
            standing.leftCount <= standing.enteredCount,
            standing.enteredCount <= standing.partyCount
        else { return false }
        switch standing.phase {
        case .left, .broken: return true
        case .filling, .open, .leaving: return false
        }
    }
}
