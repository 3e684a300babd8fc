internal import Bytes
internal import Consensus
internal import Keyspace

extension FormedMember {
    /// No turn applies more entries than this; what is left comes with the next.
    private static let entryCountMax = 1024
    private static let entryByteCountMax = 1 << 20

    /// Applies what is committed, answers the tickets, and gathers what watches will want.
    mutating func applyCommitted(in context: inout TurnContext) {
        let before = machine.applied.index
        let revision = machine.keyspace.store.revision
        var room = Self.entryCountMax
        while hasMore, room > 0 {
            switch raft.entries(from: machine.next, byteCountMax: Self.entryByteCountMax) {
            case .onDisk:
                beginApplyLoad(byteCountMax: Self.entryByteCountMax)
            case .cached(let entries):
                let applied = applyAll(entries.prefix(room), in: &context)
                guard applied > 0 else { room = 0; break }
                room -= applied
            }
        }
        guard machine.applied.index != before else { return }
        if hasLeavers, raft.membershipIndex <= machine.applied.index {
            follow(raft.membership, in: &context)
        }
        if context.audience == .nobody { tellRevision(after: revision, into: &context.effects) }
        settleApplied(in: &context)
    }

    /// Applies entries that were read back from the log. While they were read, others may have
    /// taken the place of the last of them, and been committed.
    mutating func applyLoaded(_ entries: [Entry], in context: inout TurnContext) {
        guard entries.first?.id.index == machine.next else { return }
        let revision = machine.keyspace.store.revision
        let held = entries.prefix { raft.term(at: $0.id.index) == $0.id.term }
        _ = applyAll(held, in: &context)
        if context.audience == .nobody { tellRevision(after: revision, into: &context.effects) }
    }

    private mutating func applyAll(_ entries: ArraySlice<Entry>, in context: inout TurnContext)
        -> Int
    {
        if context.audience == .somebody {
            context.effects.applied.reserveCapacity(context.effects.applied.count + entries.count)
        }
        if proposals.pending.count > 0 {
            let replyCount = min(proposals.pending.count, entries.count)
            context.effects.replies.reserveCapacity(context.effects.replies.count + replyCount)
        }
        var count = 0
        for entry in entries {
            guard entry.id.index <= raft.commitIndex, featureLevel <= featureLevelMax else {
                break
            }
            apply(entry, in: &context)
            if entry.payload.count <= Self.raiseByteCountMax {
                featureLevel = machine.keyspace.featureLevel.number
            }
            count += 1
            if entry.id.index.rawValue % StateHashes.interval == 0 {
                reportHash(in: &context)
            }
        }
        return count
    }

    private mutating func apply(_ entry: Entry, in context: inout TurnContext) {
        let applied = machine.apply(entry, for: context.audience)
        if proposals.pending.isDecided(by: entry.id) {
            let due = proposals.pending.take(applied: entry.id)
            if let ticket = due.answered {
                proposals.settle(ticket)
                context.effects.replies.append(reply(to: ticket, of: entry, applied: applied))
            }
            for ticket in due.displaced {
                let failure = proposals.failure(of: ticket, cause: .lostLeadership)
                context.effects.replies.append(.unproposed(ticket, failure))
            }
        }
        guard !applied.events.isEmpty || !applied.contestEvents.isEmpty else { return }
        if entry.id.index > foundThrough {
            for span in applied.contestSpans { context.effects.observations.append(.contest(span)) }
        }
        context.effects.applied.append(
            AppliedEntry(
                index: entry.id.index,
                revision: machine.keyspace.store.revision,
                events: applied.events,
                contestEvents: applied.contestEvents
            )
        )
    }

    /// Who waits for a revision hears of the last one, where nobody hears of each.
    private mutating func tellRevision(after earlier: Revision, into effects: inout Effects) {
        let revision = machine.keyspace.store.revision
        guard revision > earlier, effects.applied.last?.revision ?? .zero < revision else { return }
        effects.applied.append(
            AppliedEntry(
                index: machine.applied.index,
                revision: revision,
                events: [],
                contestEvents: []
            )
        )
    }

    private mutating func reply(to ticket: Ticket, of entry: Entry, applied: Applied)
        -> Completion
    {
        if entry.kind == .membership { return .membershipChanged(ticket) }
        // A store that differs knows no answer, though the write is done.
        guard storeIntegrity == .sound, let answer = applied.answer else {
            return .unproposed(ticket, .unknown)
        }
        return .applied(ticket, answer)
    }

    /// Tells consensus how far the store is and what it needs of the clock.
    mutating func settleApplied(in context: inout TurnContext) {
        raft.step(.applied(machine.applied.index), now: context.now)
        featureLevel = machine.keyspace.featureLevel.number
        let demand = machine.clockDemand
        if demand != clockDemand {
            clockDemand = demand
            raft.step(.clockDemand(demand), now: context.now)
        }
        takeReadable(in: &context)
    }

    /// What follows from the state of the whole: compactions and snapshots that are due.
    mutating func maintain(in context: inout TurnContext) {
        if isLeading {
            proposeCompaction(context.now)
            proposeSharedState(in: &context)
        } else {
            sharedState.rest()
        }
        beginSnapshot(in: &context)
        repairStore(in: &context)
    }

    /// History has outgrown its limits: every member forgets it at the same entry.
    private mutating func proposeCompaction(_ now: MonotonicTime) {
        guard isServing,
            let revision = machine.keyspace.dueCompaction(at: machine.time),
            revision > proposedCompaction
        else { return }
        let proposal = ownProposal(.compact(revision))
        // Refused while leadership is handed over: whoever leads next proposes it.
        guard (try? raft.propose([proposal], now: now)) != nil else { return }
        proposedCompaction = revision
    }
}
