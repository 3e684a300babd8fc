internal import Bytes

extension ContestTable {
    /// The first rule that the table breaks, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*) in holders and waiters.
    var brokenRule: KeyspaceRule? {
        guard byteCount <= Self.byteCountMax else { return .contendersAreBounded }
        var audit = ContestAudit()
        var grantableCount = 0
        var timedCount = 0
        for element in queues.elements {
            let (contest, queue) = (element.key, element.value)
            guard !queue.isEmpty else { return .contestsAreContended }
            guard Contest.isValid(name: contest.name) else { return .contestNamesAreValid }
            guard queue.isBounded else { return .wordsOfContendersAreBounded }
            guard contest.kind == .lock || queue.isExclusive else { return .electionsAreExclusive }
            let isShared = queue.holders.elements.allSatisfy { $0.value.mode == .shared }
            guard queue.holders.count < 2 || isShared else { return .exclusiveHoldsAlone }
            guard queue.hasPermits else { return .permitsAreWithinCount }
            let changes = queue.timedChanges(of: contest)
            guard changes.allSatisfy(timed.contains) else { return .timedChangesAreDue }
            timedCount += changes.count
            if let deadline = queue.shutUntil { audit.count(contest, shutUntil: deadline) }
            guard queue.isGrantable == grantable.contains(contest) else { return .grantableIsFirst }
            grantableCount += queue.isGrantable ? 1 : 0
            for holder in queue.holders.elements {
                let standing = Participation.holding(holder.key)
                guard audit.count(holder.value, in: contest, standing: standing, table: self)
                else { return .standingsNameContenders }
            }
            for waiter in queue.waiters.elements {
                let standing = Participation.waiting(waiter.key)
                guard audit.count(waiter.value, in: contest, standing: standing, table: self)
                else { return .standingsNameContenders }
            }
        }
        guard grantableCount == grantable.count else { return .grantableIsFirst }
        guard timedCount == timed.count else { return .timedChangesAreDue }
        guard standings.count == audit.holderCount + audit.waiterCount else {
            return .standingsNameContenders
        }
        guard audit.holderCount == holderCount, audit.waiterCount == waiterCount,
            audit.byteCount == byteCount
        else { return .contendersAreCounted }
        return audit.hash == hash ? nil : .contestHashIsSum
    }
}

extension ContestTable {
    /// The first broken rule of those about the entries by which somebody came, and the grants.
    ///
    /// - Complexity: O(*n* log *n*) in holders and waiters.
    var brokenSource: KeyspaceRule? {
        var tokens = SortedMap<FencingToken, Void>()
        var arrivals = SortedMap<UInt64, Void>()
        for queue in queues.elements.map(\.value) {
            for holder in queue.holders.elements where tokens.insert((), for: holder.key) != nil {
                return .tokensDiffer
            }
            for waiter in queue.waiters.elements
            where arrivals.insert((), for: waiter.key.arrival) != nil {
                return .arrivalsDiffer
            }
        }
        return nil
    }
}

extension ContestQueue {
    /// Whether nobody says more than a request may.
    fileprivate var isBounded: Bool {
        (holders.elements.map(\.value) + waiters.elements.map(\.value)).allSatisfy {
            $0.owner.count <= LockRequest.ownerByteCountMax
                && $0.info.count <= LockRequest.infoByteCountMax
                && $0.value.count <= ClusterSettings.valueByteCountLimit
        }
    }

    /// Whether all who share it, or wait to, agree on how many may, and no more do.
    fileprivate var hasPermits: Bool {
        let sharers = (holders.elements.map(\.value) + waiters.elements.map(\.value))
            .filter { $0.mode == .shared }
        let agree = sharers.allSatisfy { $0.terms.permitCount == permitCount }
        return agree && sharers.count == sharerCount
            && (permitCount == 0 || sharers.isEmpty || holders.count <= Int(permitCount))
    }

    /// What time alone will change.
    fileprivate func timedChanges(of contest: Contest) -> [ContestTable.TimedChange] {
        let ends = holders.elements.compactMap { holder in
            holder.value.holdEnd.map {
                ContestTable.TimedChange(deadline: $0, contest: contest, holder: holder.key)
            }
        }
        let opening = shutUntil.map {
            ContestTable.TimedChange(deadline: $0, contest: contest, holder: nil)
        }
        return ends + (opening.map { [$0] } ?? [])
    }

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

    /// Counts a contest that is shut.
    mutating func count(_ contest: Contest, shutUntil deadline: ClusterTime) {
        byteCount += ContestTable.byteCount(ofShut: contest)
        hash.add(ContestTable.item(contest, shutUntil: deadline))
    }

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
