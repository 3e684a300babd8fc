internal import Bytes

extension ContestTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*) in holders and waiters.
    var brokenRule: KeyspaceRule? {
        guard byteCount <= Self.byteCountMax else { return .contendersAreBounded }
        var audit = ContestAudit()
        var grantableCount = 0
        for element in queues.elements {
            let (contest, queue) = (element.key, element.value)
            guard !queue.isEmpty else { return .contestsAreContended }
            guard contest.kind == .lock || queue.isExclusive else { return .electionsAreExclusive }
            let isShared = queue.holders.elements.allSatisfy { $0.value.mode == .shared }
            guard queue.holders.count < 2 || isShared else { return .exclusiveHoldsAlone }
            guard queue.isGrantable == grantable.contains(contest) else { return .grantableIsFirst }
            grantableCount += queue.isGrantable ? 1 : 0
            for holder in queue.holders.elements {
                let standing = Participation.holding(holder.key)
                guard audit.count(holder.value, in: contest, standing: standing, table: self)
                else { return .standingsNameContenders }
            }
            for waiter in queue.waiters.elements {
                let standing = Participation.waiting(arrival: waiter.key)
                guard audit.count(waiter.value, in: contest, standing: standing, table: self)
                else { return .standingsNameContenders }
            }
        }
        guard grantableCount == grantable.count else { return .grantableIsFirst }
        guard standings.count == audit.holderCount + audit.waiterCount else {
            return .standingsNameContenders
        }
        guard audit.holderCount == holderCount, audit.waiterCount == waiterCount,
            audit.byteCount == byteCount
        else { return .contendersAreCounted }
        return audit.hash == hash ? nil : .contestHashIsSum
    }
}

extension ContestQueue {
    /// Whether nobody shares, or waits to.
    fileprivate var isExclusive: Bool {
        holders.elements.allSatisfy { $0.value.mode == .exclusive }
            && waiters.elements.allSatisfy { $0.value.mode == .exclusive }
    }
}

/// Sums over all holders and waiters, computed afresh to be compared with those that are kept.
private struct ContestAudit {
    var holderCount = 0
    var waiterCount = 0
    var byteCount = 0
    var hash = StateHash()

    /// Counts one of them; false when the table has it stand elsewhere.
    mutating func count(
        _ contender: Participant,
        in contest: Contest,
        standing: Participation,
        table: ContestTable
    ) -> Bool {
        switch standing {
        case .holding: holderCount += 1
        case .waiting: waiterCount += 1
        }
        byteCount += ContestTable.byteCount(contender, in: contest, standing: standing)
        hash.add(ContestTable.item(contender, in: contest, standing: standing))
        return table.standing(of: contender.lease, in: contest) == standing
    }
}
