internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace

extension FormedMember {
    /// The first broken rule of this member and of what it holds.
    ///
    /// - Complexity: O(*n*) in what waits here for clients, the disk and the peers.
    mutating func brokenRule(in context: TurnContext) -> ReplicaRule? {
        if machine.applied.index > raft.commitIndex { return .appliedIsCommitted }
        if let first = proposals.pending.first, first.index <= machine.applied.index {
            return .pendingIsUndecided
        }
        if let due = reads.nextReadable, due <= machine.applied.index { return .readsAreTold }
        if !isServing, !reads.tickets.isEmpty { return .readsAreRefused }
        if let rule = snapshotRule(at: context.now) { return rule }
        if let rule = proposals.brokenRule(at: context.now) ?? reads.brokenRule(at: context.now)
            ?? stages.brokenRule ?? hashes.brokenRule(of: id, applied: machine.applied.index)
        {
            return rule
        }
        return logRule ?? requestRule(in: context) ?? loadRule ?? diskRule(at: context.now)
            ?? sharedState.brokenRule(isLeading: isLeading, term: raft.term, now: context.now)
    }

    /// The tickets that wait for something.
    var openTickets: [Ticket] { mutating get { proposals.tickets + reads.tickets } }

    /// The snapshots that are under way, against each other and against the repair of the store.
    private mutating func snapshotRule(at now: MonotonicTime) -> ReplicaRule? {
        if case .differs(let repair) = storeIntegrity {
            if repair.snapshot != snapshots.repairing?.state.id { return .repairIsOne }
            let byteCount = snapshots.repairing?.reader.byteCount ?? 0
            if repair.nextOffset != UInt64(byteCount) { return .repairIsCounted }
            let latest = now.advanced(byMilliseconds: StoreRepair.patienceMilliseconds)
            if repair.askAt > latest { return .repairAsksSoon }
        } else if snapshots.repairing != nil {
            return .repairIsOne
        }
        if let writing = snapshots.writing, writing.id.index != snapshots.begunThrough {
            return .draftIsBegun
        }
        for state in [snapshots.receiving, snapshots.repairing?.state] {
            if let state, state.keyspace != nil, state.membership == nil {
                return .receivedHasMembers
            }
        }
        return snapshots.proofs.areDistinct ? nil : .proofsDiffer
    }

    /// The journal, consensus and the store, in how far they are.
    private var logRule: ReplicaRule? {
        mutating get {
            if isInstalling { return nil }
            if machine.applied.index < journal.base.index { return .logHoldsNext }
            // What was proposed since the turn's last exchange is given in the next one.
            guard journal.last.index <= raft.last.index,
                raft.durableIndex <= max(journal.durableLast.index, journal.base.index)
            else { return .logIsGiven }
            if raft.membershipIndex <= machine.applied.index,
                raft.membership != machine.membership
            {
                return .membershipIsApplied
            }
            // Consensus is told with the first entry that is applied since the start.
            let isTold = isLeading && machine.applied.term == raft.term
            return isTold && clockDemand != machine.clockDemand ? .clockDemandIsTold : nil
        }
    }

    /// What waits for clients, against consensus and the links that the answers come on.
    private mutating func requestRule(in context: TurnContext) -> ReplicaRule? {
        if isLeading {
            for offset in 0..<proposals.pending.count {
                let id = proposals.pending.queue[offset].id
                if id.term == raft.term, id.index > raft.last.index { return .writtenIsLed }
            }
        }
        for round in reads.rounds where !raft.isWaiting(for: round.id) { return .readsAreAsked }
        for lane in proposals.lanes where lane.count > 0 {
            if lane.leader == id { return .laneLeadsElsewhere }
            guard context.links.isOpen(to: lane.leader) else { return .laneIsLinked }
        }
        let open = openTickets
        if Set(open).count != open.count { return .ticketWaitsOnce }
        switch shutdown {
        case .handingOver(let until) where until > handoverEnd(context.now),
            .settling(let until) where until > patience(context.now):
            return .shutdownEnds
        case .none, .handingOver, .settling: return nil
        }
    }

    private var loadRule: ReplicaRule? {
        mutating get {
            guard loads.areDistinct else { return .loadsDiffer }
            for load in loads.underWay where !journal.isLoading(load.id) { return .loadsAreAsked }
            return nil
        }
    }

    private mutating func diskRule(at now: MonotonicTime) -> ReplicaRule? {
        if watchdog.isWatching != journal.isWriting { return .diskIsWatched }
        return watchdog.brokenRule(at: now)
    }
}
