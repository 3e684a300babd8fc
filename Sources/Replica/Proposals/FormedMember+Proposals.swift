internal import Bytes
internal import Consensus
internal import Keyspace

extension FormedMember {
    /// A client's write: refused at once, or it waits for the end of the turn.
    mutating func propose(_ ticket: Ticket, write: EncodedWrite, in context: inout TurnContext) {
        if let cause = refusal(of: write) {
            context.effects.replies.append(.unproposed(ticket, .notApplied(cause)))
        } else {
            proposals.wait(WaitingProposal(ticket: ticket, write: write), now: context.now)
        }
    }

    /// Why the write may not wait; nil when it may.
    private mutating func refusal(of write: EncodedWrite) -> ProposalFailure.Cause? {
        guard isServing else { return .notServing }
        if planted(.rightsOfProposal), let request = try? Request(decoding: write.payload),
            machine.keyspace.denial(of: request) != nil
        {
            return .notServing
        }
        guard diskSpace == .ample || write.growth == .relieves else { return .noSpace }
        guard write.payload.count <= Entry.payloadByteCountMax else { return .tooLarge }
        return proposals.hasRoom(forByteCount: write.payload.count) ? nil : .tooManyInFlight
    }

    /// Proposes or forwards everything that came since the last turn, as one batch.
    mutating func submitProposals(in context: inout TurnContext) {
        if let leader = raft.leader {
            giveUp(leadersBefore: leader, in: &context)
        }
        guard proposals.isDue(context.now) else { return }
        if isLeading {
            proposeWaiting(in: &context)
        } else if let leader = raft.leader, context.links.canSend(to: leader) {
            for message in proposals.forwardWaiting(to: leader) {
                context.links.send(.forward(message), to: leader)
            }
        }
    }

    /// Somebody leads now: what an earlier leader was sent is not waited for any longer.
    ///
    /// An earlier one that handed over still answers, and its answer says more than we could: only
    /// one that has been silent for as long as an election takes to begin is given up.
    private mutating func giveUp(leadersBefore leader: MemberID, in context: inout TurnContext) {
        proposals.takeBackRepeatable(exceptFrom: leader)
        for earlier in proposals.leaders(except: leader) {
            let isAlive = context.links.wasHeard(
                earlier,
                withinMilliseconds: configuration.electionTimeoutMilliseconds,
                of: context.now
            )
            if !isAlive { lostTouch(with: earlier, into: &context.effects) }
        }
    }

    private mutating func proposeWaiting(in context: inout TurnContext) {
        let since = proposals.waitingSince ?? context.now
        let waiting = proposals.takeWaiting()
        let batch = waiting.map { Proposal(kind: .command, payload: $0.payload) }
        do {
            let proposed = try raft.propose(batch, now: context.now)
            var index = proposed.indexes.lowerBound.rawValue
            for proposal in waiting {
                let id = EntryID(term: proposed.term, index: LogIndex(rawValue: index))
                proposals.pending.expect(id, for: proposal.ticket)
                index += 1
            }
            note(proposed, waitingSince: since, now: context.now)
        } catch {
            guard let cause = error.cause else {
                proposals.retry(waiting, now: context.now)
                proposals.waitingSince = since
                return
            }
            for proposal in waiting {
                let failure = proposals.failure(of: proposal.ticket, cause: cause)
                context.effects.replies.append(.unproposed(proposal.ticket, failure))
            }
        }
    }

    /// Writes that another member's clients sent: proposed at once, so that their answer leaves
    /// before the entries do.
    mutating func proposeForwarded(
        _ forward: Forward,
        from peer: MemberID,
        in context: inout TurnContext
    ) {
        guard !forward.items.isEmpty else { return }
        let verdict: Forwarded.Verdict
        if !isServing {
            verdict = .refused(.notServing)
        } else if forward.items.contains(where: { FeatureLevel.raised(by: $0.payload) != nil }) {
            // Leaders raise it by themselves; no client asks for it.
            verdict = .refused(.notServing)
        } else if diskSpace == .short, forward.items.contains(where: { $0.growth == .grows }) {
            verdict = .refused(.noSpace)
        } else {
            let batch = forward.items.map { Proposal(kind: .command, payload: $0.payload) }
            do {
                let proposed = try raft.propose(batch, now: context.now)
                let first = EntryID(term: proposed.term, index: proposed.indexes.lowerBound)
                verdict = .proposed(first)
                tracedWrites.proposed(forward, from: peer, at: first.index, now: context.now)
                note(proposed, waitingSince: context.now, now: context.now)
            } catch { verdict = .refused(error.cause ?? .noLeader) }
        }
        let answer = Forwarded(
            first: forward.first,
            count: UInt64(forward.items.count),
            verdict: verdict
        )
        context.links.send(.forwarded(answer), to: peer)
    }

    /// What became of our clients' writes at the leader.
    mutating func settleForwarded(
        _ answer: Forwarded,
        from leader: MemberID,
        in context: inout TurnContext
    ) {
        let answered = proposals.take(answer, from: leader)
        proposals.repeatExposed(answered.passed.again)
        reply(unknown: answered.passed.unknown, into: &context.effects)
        switch answer.verdict {
        case .proposed(let first):
            for write in answered.writes {
                expect(write, from: first, into: &context.effects)
            }
        case .refused(.noLeader), .refused(.lostLeadership), .refused(.notServing):
            // It entered no log: another leader gets it.
            proposals.retry(answered.writes.map(\.proposal), now: context.now)
        case .refused(let cause):
            for write in answered.writes {
                let failure = proposals.failure(of: write.proposal.ticket, cause: cause)
                context.effects.replies.append(.unproposed(write.proposal.ticket, failure))
            }
        }
    }

    private mutating func expect(
        _ write: Forwarding.Answered.Write,
        from first: EntryID,
        into effects: inout Effects
    ) {
        let (index, overflowed) = first.index.rawValue.addingReportingOverflow(write.offset)
        let id = EntryID(term: first.term, index: LogIndex(rawValue: index))
        if overflowed || id.index > .highest || id.index <= machine.applied.index {
            // Applied before we heard which entry it was: the answer went by.
            reply(unknown: [write.proposal.ticket], into: &effects)
        } else {
            proposals.pending.expect(id, for: write.proposal.ticket)
        }
    }

    /// Nothing that was sent to the member before can be answered any more.
    mutating func lostTouch(with peer: MemberID, into effects: inout Effects) {
        reply(unknown: proposals.orphan(peer), into: &effects)
    }

    mutating func reply(unknown tickets: [Ticket], into effects: inout Effects) {
        for ticket in tickets {
            proposals.settle(ticket)
            if planted(.unknownCalledDenied) {
                effects.replies.append(.unproposed(ticket, .notApplied(.noLeader)))
                continue
            }
            effects.replies.append(.unproposed(ticket, .unknown))
        }
    }

    /// The shell waits no longer.
    mutating func forget(_ ticket: Ticket, into effects: inout Effects) {
        if let failure = proposals.forget(ticket) {
            effects.replies.append(.unproposed(ticket, failure))
        } else if reads.forget(ticket) == .found {
            effects.replies.append(.unreadable(ticket))
        }
    }
}

extension ProposalRefusal {
    /// What a client is told; nil when the write only has to wait for a leader.
    fileprivate var cause: ProposalFailure.Cause? {
        switch self {
        case .notLeader, .transferring: nil
        case .tooManyInFlight: .tooManyInFlight
        case .tooLarge: .tooLarge
        case .membership: .notServing
        }
    }
}
