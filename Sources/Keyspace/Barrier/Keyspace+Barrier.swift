internal import Bytes

// Double barriers. A party is (barrier, lease). The first one begins a generation; when as many have
// come as pass together, and those of the generation before have left, it opens for all at once. A
// party that ends before it has left breaks it for all.

extension Keyspace {
    mutating func carryOut(
        _ request: BarrierRequest,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        let name = request.barrier
        switch request.act {
        case .enter(let entry): return .barrier(try enter(entry, at: name, in: &context))
        case .leave(let lease, let generation):
            return .barrier(try leave(lease, from: generation, at: name, in: &context))
        case .withdraw(let lease, let generation, let extent):
            return .barrier(
                try withdraw(lease, from: generation, extent: extent, at: name, in: &context)
            )
        case .breakUp: return .barrier(try breakUp(name, in: &context))
        }
    }

    private mutating func enter(
        _ entry: BarrierEntry,
        at name: BarrierName,
        in context: inout ApplyContext
    ) throws(Refusal) -> BarrierOutcome {
        switch entry.ownership {
        case .lease(let id):
            try checkTie(to: id, in: &context)
            if let standing = try standing(of: id, entering: entry, at: name) {
                return .entered(standing, id)
            }
        case .own(let timeToLiveMilliseconds):
            try checkLease(timeToLiveMilliseconds: timeToLiveMilliseconds)
        }
        try check(entry, at: name)
        let lease = context.lease(for: entry, in: self)
        if case .own(let timeToLiveMilliseconds) = entry.ownership {
            makeLease(
                lease,
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                origin: .place,
                context: context
            )
        }
        let index = context.index
        let generation = changeBarriers(&context) { barriers, turned in
            barriers.enter(lease, by: entry, in: name, at: index, turned: &turned)
        }
        return .entered(try standing(generation, of: name), lease)
    }

    /// The standing where the lease is in already; nil where it may come in anew.
    private mutating func standing(
        of lease: LeaseID,
        entering entry: BarrierEntry,
        at name: BarrierName
    ) throws(Refusal) -> BarrierStanding? {
        let present = barriers.generation(of: lease, in: name)
        if let asked = entry.generation, asked != present {
            throw .barrier(name, barriers.refusal(of: asked))
        }
        guard let present, let group = barriers.groups[present] else { return nil }
        guard group.stage != .broken else {
            if entry.generation != nil { throw .barrier(name, barriers.refusal(of: present)) }
            changeCoordination { $0.barriers.remove(lease, from: present) }
            return nil
        }
        guard group.partyCount == entry.partyCount else {
            throw .barrier(name, .partiesDiffer(partyCount: group.partyCount))
        }
        return group.standing()
    }

    /// Throws where another party cannot come in.
    private func check(_ entry: BarrierEntry, at name: BarrierName) throws(Refusal) {
        let barriers = barriers
        if let group = barriers.names[name]?.filling.flatMap({ barriers.groups[$0] }) {
            guard group.partyCount == entry.partyCount else {
                throw .barrier(name, .partiesDiffer(partyCount: group.partyCount))
            }
            guard !group.isFull else { throw .barrier(name, .occupied(group.generation)) }
        }
        guard barriers.hasRoom(for: entry, in: name) else {
            throw .barrier(name, .full(byteCountMax: UInt64(BarrierTable.byteCountMax)))
        }
        try checkCoordinationRoom(growth: barriers.growth(by: entry, in: name))
    }

    private mutating func leave(
        _ lease: LeaseID,
        from asked: BarrierGeneration?,
        at name: BarrierName,
        in context: inout ApplyContext
    ) throws(Refusal) -> BarrierOutcome {
        let present = barriers.generation(of: lease, in: name)
        guard let generation = present, let group = barriers.groups[generation],
            asked == nil || asked == generation
        else { return .left(try standing(of: lease, after: asked, at: name)) }
        switch group.stage {
        case .broken: throw .barrier(name, barriers.refusal(of: generation))
        case .filling: return .withdrawn(withdraw(lease, outOf: group, in: &context))
        case .open: break
        }
        // One whose lease is over did not live to leave.
        guard leases.live(lease, at: context.time) != nil else {
            endParty(of: lease, generation: generation, for: .expired, in: &context)
            throw .barrier(name, barriers.refusal(of: generation))
        }
        let index = context.index
        let standing = changeBarriers(&context) { barriers, turned in
            barriers.leave(lease, from: generation, at: index, turned: &turned)
        }
        endPlaceLease(lease, in: &context)
        guard let standing else { throw .barrier(name, .notIn) }
        return .left(standing)
    }

    /// The standing of a generation that the lease has left before.
    private func standing(
        of lease: LeaseID,
        after asked: BarrierGeneration?,
        at name: BarrierName
    ) throws(Refusal) -> BarrierStanding {
        if let open = barriers.names[name]?.open, asked == nil || asked == open,
            let group = barriers.groups[open], group.parties[lease]?.presence == .left
        {
            return group.standing()
        }
        guard let asked, let end = barriers.ended[asked], end.name == name,
            end.standing.breach == nil
        else { throw .barrier(name, asked.map { barriers.refusal(of: $0) } ?? .notIn) }
        return end.standing
    }

    private mutating func withdraw(
        _ lease: LeaseID,
        from asked: BarrierGeneration?,
        extent: BarrierRequest.Withdrawal,
        at name: BarrierName,
        in context: inout ApplyContext
    ) throws(Refusal) -> BarrierOutcome {
        let present = barriers.generation(of: lease, in: name)
        guard let generation = asked ?? present else { throw .barrier(name, .notIn) }
        guard present == generation, let group = barriers.groups[generation],
            group.stage != .broken
        else { throw .barrier(name, barriers.refusal(of: generation)) }
        switch (group.stage, extent) {
        case (.filling, _): return .withdrawn(withdraw(lease, outOf: group, in: &context))
        case (_, .unlessOpen): return .entered(group.standing(), lease)
        case (_, .openToo):
            end(lease, of: generation, because: BarrierBreach(.unheard, by: lease), in: &context)
            endPlaceLease(lease, in: &context)
            return .withdrawn(try standing(generation, of: name))
        }
    }

    /// Takes the party out of a group that fills; the others wait on.
    private mutating func withdraw(
        _ lease: LeaseID,
        outOf group: BarrierGroup,
        in context: inout ApplyContext
    ) -> BarrierStanding {
        let before = group.standing()
        changeCoordination { $0.barriers.remove(lease, from: before.generation) }
        endPlaceLease(lease, in: &context)
        return BarrierStanding(
            generation: before.generation,
            phase: .filling,
            partyCount: before.partyCount,
            enteredCount: before.enteredCount - 1,
            leftCount: 0
        )
    }

    private mutating func breakUp(
        _ name: BarrierName,
        in context: inout ApplyContext
    ) throws(Refusal) -> BarrierOutcome {
        guard let current = barriers.names[name] else { throw .barrier(name, .notIn) }
        let generations = [current.open, current.filling].compactMap(\.self)
        let count = generations.reduce(0) { $0 + (barriers.groups[$1]?.presentCount ?? 0) }
        let index = context.index
        changeBarriers(&context) { barriers, turned in
            // The one that fills goes first, so that it does not open for a moment.
            for generation in generations.reversed() {
                let breach = BarrierBreach(.removed, by: nil)
                barriers.breakUp(generation, because: breach, at: index, turned: &turned)
            }
        }
        return .broken(partyCount: UInt64(count))
    }

    private func standing(
        _ generation: BarrierGeneration,
        of name: BarrierName
    ) throws(Refusal) -> BarrierStanding {
        guard let standing = barriers.standing(of: generation) else {
            throw .barrier(name, .notIn)
        }
        return standing
    }
}

// MARK: - Ends

extension Keyspace {
    /// Ends the first party of a lease that ends, and with it the barrier for all who are in; false
    /// when there is none.
    mutating func endFirstParty(
        of lease: LeaseID,
        cause: DeleteCause,
        in context: inout ApplyContext
    ) -> Bool {
        guard !coordination.isEmpty, let name = barriers.names(of: lease, countMax: 1).first,
            let generation = barriers.generation(of: lease, in: name)
        else { return false }
        endParty(of: lease, generation: generation, for: BarrierBreach.Cause(cause), in: &context)
        return true
    }

    private mutating func endParty(
        of lease: LeaseID,
        generation: BarrierGeneration,
        for cause: BarrierBreach.Cause,
        in context: inout ApplyContext
    ) {
        end(lease, of: generation, because: BarrierBreach(cause, by: lease), in: &context)
    }

    /// Breaks the barrier and takes out whose party broke it.
    private mutating func end(
        _ lease: LeaseID,
        of generation: BarrierGeneration,
        because breach: BarrierBreach,
        in context: inout ApplyContext
    ) {
        let index = context.index
        changeBarriers(&context) { barriers, turned in
            barriers.breakUp(generation, because: breach, at: index, turned: &turned)
            barriers.remove(lease, from: generation)
        }
    }

    /// Takes those out whose barrier broke, as far as a turn's slice reaches, and ends the leases that
    /// were made for them.
    mutating func endParties(_ context: inout ApplyContext) {
        var budget = Self.sweepCountMax
        while budget > 0, let lease = changeCoordination({ $0.barriers.takeClosing() }) {
            endPlaceLease(lease, in: &context)
            budget -= 1
        }
    }

    /// Ends a lease that was made for a place, when it has none any more.
    private mutating func endPlaceLease(_ lease: LeaseID, in context: inout ApplyContext) {
        guard leases[lease]?.origin == .place, contests.firstContest(of: lease) == nil,
            barriers.names(of: lease, countMax: 1).isEmpty
        else { return }
        store.begin(as: context.systemStamp, for: context.audience)
        endLease(lease, cause: .deleted, in: &context)
        commit(&context)
    }

    /// Changes the barriers, and tells whom that concerns.
    private mutating func changeBarriers<Result>(
        _ context: inout ApplyContext,
        _ body: (inout BarrierTable, inout [BarrierGeneration]) -> Result
    ) -> Result {
        var turned: [BarrierGeneration] = []
        let result = changeCoordination { body(&$0.barriers, &turned) }
        for generation in turned { context.contestEvents.append(.turned(generation)) }
        return result
    }
}

extension ApplyContext {
    /// What keeps the party alive.
    fileprivate func lease(for entry: BarrierEntry, in keyspace: Keyspace) -> LeaseID {
        switch entry.ownership {
        case .lease(let id): id
        case .own: keyspace.freeLease(self)
        }
    }
}

extension BarrierTable {
    /// What is told to who is not in that generation any more.
    fileprivate func refusal(of generation: BarrierGeneration) -> BarrierRefusal {
        guard let breach = ended[generation]?.standing.breach else { return .notIn }
        return .broken(generation, breach)
    }
}

// MARK: - Looks

/// A barrier as it stands.
package struct BarrierView: Hashable, Sendable {
    package let name: BarrierName
    /// Those for whom it is open, else those who come together; nil where nobody is in.
    package let present: BarrierStanding?
    /// Those who come together while others have not left.
    package let next: BarrierStanding?
}

/// Somebody in a barrier, for people.
package struct BarrierParticipant: Hashable, Sendable {
    package let lease: LeaseID
    package let owner: [UInt8]
    /// The how manieth to come.
    package let order: UInt32
    package let hasLeft: Bool
    /// What is left of the lease.
    package let remainingMilliseconds: UInt64
}

extension Keyspace {
    /// The barrier of that name.
    ///
    /// - Complexity: O(log *n*)
    package func barrier(_ name: BarrierName) -> BarrierView {
        let barriers = barriers
        let current = barriers.names[name]
        let open = current?.open.flatMap { barriers.standing(of: $0) }
        let filling = current?.filling.flatMap { barriers.standing(of: $0) }
        return BarrierView(name: name, present: open ?? filling, next: open == nil ? nil : filling)
    }

    /// At most `countMax` barriers after `name` in which somebody is, in the order of names.
    package func barriers(after name: BarrierName, countMax: Int) -> [BarrierView] {
        barriers.names.elements(after: name).prefix(countMax).map { barrier($0.key) }
    }

    /// How far that generation of the barrier is, or how it ended; nil when it was so long ago that
    /// nobody knows.
    package func barrier(
        _ name: BarrierName,
        generation: BarrierGeneration
    ) -> BarrierStanding? {
        let barriers = barriers
        let known = barriers.ended[generation]?.name ?? barriers.groups[generation]?.name
        return known == name ? barriers.standing(of: generation) : nil
    }

    /// At most `countMax` of those in that generation, in the order of leases.
    package func participants(
        of generation: BarrierGeneration,
        countMax: Int
    ) -> [BarrierParticipant] {
        guard let group = barriers.groups[generation] else { return [] }
        return group.parties.elements.prefix(countMax).map { party in
            BarrierParticipant(
                lease: party.key,
                owner: party.value.owner,
                order: party.value.order,
                hasLeft: party.value.presence == .left,
                remainingMilliseconds: leases[party.key]?.remainingMilliseconds(at: clock) ?? 0
            )
        }
    }

    /// Whether the lease is in that generation, and has not left it.
    package func isIn(
        _ lease: LeaseID,
        barrier name: BarrierName,
        generation: BarrierGeneration
    ) -> Bool { barriers.generation(of: lease, in: name) == generation }

    /// At most `countMax` barriers in which the lease is.
    package func barriers(of lease: LeaseID, countMax: Int) -> [BarrierName] {
        coordination.isEmpty ? [] : barriers.names(of: lease, countMax: countMax)
    }

    /// How many generations fill, are open or are just broken, and what those in them take, in bytes.
    package var barrierTableSize: (count: Int, byteCount: Int) {
        (barriers.groups.count, barriers.byteCount)
    }
}
