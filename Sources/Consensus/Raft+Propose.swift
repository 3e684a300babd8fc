package import Bytes

extension Raft {
    /// Appends proposals to the leader's log, all or none, stamped with one reading of the cluster
    /// clock. They are committed when `Ready.commitIndex` reaches them, if the term there is still
    /// theirs.
    ///
    /// - Precondition: at least one.
    /// - Throws: when nothing was appended, and certainly never will be.
    /// - Complexity: O(1) for each proposal.
    package mutating func propose(
        _ proposals: [Proposal],
        now: MonotonicTime
    ) throws(ProposalRefusal) -> AppendedRange {
        invariant(!proposals.isEmpty, "nothing was proposed")
        self.now = max(self.now, now)
        guard let leading = leadership else { throw .notLeader(leader: followedLeader) }
        if let transfer = leading.transfer { throw .transferring(to: transfer.target) }
        let held = limits.windowByteCountMax + limits.unsettledByteCountMax
        guard log.window.byteCount <= held else { throw .tooManyInFlight }
        for proposal in proposals {
            guard proposal.payload.count <= Entry.payloadByteCountMax else {
                throw .tooLarge(byteCount: proposal.payload.count)
            }
            guard proposal.kind == .membership else { continue }
            guard proposals.count == 1 else { throw .membership(.notAlone) }
            if let refusal = refusal(ofMembership: proposal.payload) {
                throw .membership(refusal)
            }
        }
        let first = log.last.index.next
        appendAsLeader(proposals)
        return AppendedRange(term: term, indexes: first...log.last.index)
    }

    /// Appends entries of the current term; their write and their way to the others begin with
    /// the next Ready.
    mutating func appendAsLeader(_ proposals: [Proposal]) {
        guard var leading = leadership else {
            return invariant(false, "\(role) appends to its own log")
        }
        let time = leading.clock.read(now)
        leading.appendedAt = now
        roleState = .leader(leading)
        for proposal in proposals {
            let entry = Entry(
                id: EntryID(term: term, index: log.last.index.next),
                time: max(time, log.lastTime),
                kind: proposal.kind,
                payload: proposal.payload
            )
            log.append(entry)
            if entry.kind == .membership { adoptMembership(of: entry) }
        }
        if planted(.ownAppendBeforeDurable) { durability.persisted(log.last) }
    }
}
