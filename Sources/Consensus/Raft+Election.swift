internal import Bytes

extension Raft {
    /// Whether votes against the leader are refused: it is ourselves, or was heard within the
    /// shortest election timeout (4.2.3). CheckQuorum ends a leader's own claim.
    var protectsLeader: Bool {
        if leadership != nil { return true }
        guard following.leader != nil, let heardAt = following.heardAt else { return false }
        return now.nanoseconds(since: heardAt) < timing.electionTimeoutNanoseconds
    }

    private var canCampaign: Bool {
        memberships.isVoterUntilSettled(id) && recovery == .complete && following.installing == nil
            && leadership == nil && term.rawValue + 1 < Term.highest.rawValue
    }

    /// The next timeout, drawn anew each time, so that equals do not stay in step (3.4).
    mutating func drawElectionDeadline() {
        let timeout = timing.electionTimeoutNanoseconds
        let extra = UInt64.random(in: 0..<timeout, using: &random)
        following.electionDeadline = now.advanced(byNanoseconds: timeout + extra)
    }

    /// Nobody leads as far as this member knows; a newer term forgets the vote.
    mutating func stepDown(to newTerm: Term) {
        if newTerm > term { hardState = HardState(term: newTerm, votedFor: nil) }
        if leadership != nil {
            leadership = nil
            drawElectionDeadline()
        }
        campaign = nil
        forgetLeader()
    }

    private mutating func forgetLeader() {
        following.leader = nil
        following.heardAt = nil
        following.contact = nil
        following.verified = commitIndex
        following.toldMatch = .zero
        following.answer = .none
        reads.startAgain()
    }

    // MARK: Campaigns

    /// The election timeout, or the moment of a fast campaign, may have come.
    mutating func campaignIfDue() {
        if let due = following.fast?.deadline, due <= now {
            following.fast?.deadline = nil
            if canCampaign, !isCautious, following.leader == nil { return askForPreVotes() }
            following.fast = nil
        }
        guard following.electionDeadline <= now else { return }
        following.fast = nil
        campaign = nil
        forgetLeader()
        drawElectionDeadline()
        if canCampaign { askForPreVotes() }
    }

    /// Asks whether a campaign could be won before it disturbs anybody (9.6).
    private mutating func askForPreVotes() {
        campaign = Campaign(kind: .preVote)
        campaign?.granted = tracker.ownBit
        drawElectionDeadline()
        guard !tracker.quorum.isReached(by: tracker.ownBit) else { return elect(.timeout) }
        broadcast(.preVote(lastEntry: log.last))
    }

    /// Candidacy in the next term (3.4). Its own vote counts once it is durable, and nobody is
    /// asked before.
    private mutating func elect(_ cause: Message.CampaignCause) {
        stepDown(to: Term(rawValue: term.rawValue + 1))
        hardState.votedFor = id
        campaign = Campaign(kind: .election)
        following.fast = nil
        drawElectionDeadline()
        broadcast(.requestVote(lastEntry: log.last, cause: cause))
    }

    private mutating func broadcast(_ body: Message.Body) {
        for position in tracker.progress.indices where position != tracker.ownPosition {
            guard tracker.quorum.everyVoter & (1 << UInt64(position)) != 0 else { continue }
            send(body, to: tracker[position].id)
        }
    }

    /// The leader wants this member to succeed it at once (3.10); not one that may have forgotten a
    /// vote, as its own is one too.
    mutating func timeoutNow(from leader: MemberID) {
        guard following.leader == leader, canCampaign, !isCautious else { return }
        elect(.transfer)
    }

    // MARK: Answers

    /// One that lost its log may have acknowledged what it no longer holds: it helps nobody to lead.
    /// One that has just started does not know yet whether its peers remember more of it.
    private var mayVote: Bool {
        if planted(.reseedingMemberVotes) { return true }
        return recovery == .complete && !isCautious
    }

    /// Says whether a vote would be granted; promises nothing and changes nothing.
    mutating func answerPreVote(_ message: Message, lastEntry: EntryID) {
        let campaignTerm = Term(rawValue: message.term.rawValue + 1)
        let grants =
            mayVote && !protectsLeader && campaignTerm > term
            && log.isCovered(by: lastEntry)
        send(
            .preVoteAnswer(grants ? .granted : .refused, campaignTerm: campaignTerm),
            to: message.from
        )
    }

    /// Grants a vote of this term at most once, and only to a log that holds everything that may
    /// be committed here (3.6.1).
    mutating func answerVote(to candidate: MemberID, lastEntry: EntryID) {
        if planted(.secondVote) { hardState.votedFor = nil }
        noteShownTerm(of: candidate)
        let isFree = hardState.votedFor == nil && leader == nil && campaign?.kind != .election
        let grants =
            mayVote && (isFree || hardState.votedFor == candidate)
            && log.isCovered(by: lastEntry)
        if grants {
            hardState.votedFor = candidate
            campaign = nil
            following.fast = nil
            drawElectionDeadline()
        }
        send(.vote(grants ? .granted : .refused), to: candidate)
    }

    // MARK: Counting

    /// An answer to a pre-vote; the member that granted it may be of an older term.
    mutating func countPreVote(_ vote: Message.Vote, from message: Message, campaignTerm: Term) {
        if message.term > term {
            stepDown(to: message.term)
            return retryFastElection()
        }
        guard campaign?.kind == .preVote, campaignTerm.rawValue == term.rawValue + 1 else { return }
        let bit = tracker.bit(of: message.from)
        switch vote {
        case .granted: campaign?.granted |= bit
        case .refused:
            campaign?.refused |= bit
            retryFastElection()
        }
        switch campaignResult {
        case .won: elect(.timeout)
        case .lost: campaign = nil
        case .open: break
        }
    }

    mutating func countVote(_ vote: Message.Vote, from peer: MemberID) {
        noteShownTerm(of: peer)
        guard campaign?.kind == .election else { return }
        switch vote {
        case .granted: campaign?.granted |= tracker.bit(of: peer)
        case .refused: campaign?.refused |= tracker.bit(of: peer)
        }
        concludeElection()
    }

    /// A candidate's vote for itself is durable and counts.
    mutating func countOwnVote() {
        guard campaign?.kind == .election, durability.covers(hardState) else { return }
        campaign?.granted |= tracker.ownBit
        concludeElection()
    }

    private enum CampaignResult { case open, won, lost }

    private var campaignResult: CampaignResult {
        guard let campaign else { return .open }
        if tracker.quorum.isReached(by: campaign.granted) { return .won }
        return tracker.quorum.isLost(to: campaign.refused) ? .lost : .open
    }

    private mutating func concludeElection() {
        switch campaignResult {
        case .won: becomeLeader()
        case .lost: campaign = nil
        case .open: break
        }
    }

    /// Leads from here on: nothing is known of anybody's log, and an entry of the own term comes
    /// first, because only that one can be counted (3.6.2).
    private mutating func becomeLeader() {
        invariant(durability.covers(hardState), "leads term \(term) on a vote that is not durable")
        campaign = nil
        forgetLeader()
        tracker.resetProgress(next: log.last.index.next, term: term, now: now)
        leadership = Leadership(
            firstIndex: log.last.index.next,
            clock: ClusterClock(from: log.lastTime, now: now, timing: timing),
            appendedAt: now,
            heartbeatDeadline: now.advanced(byNanoseconds: timing.heartbeatNanoseconds),
            quorumDeadline: now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
        )
        appendAsLeader([.empty])
    }

    // MARK: Fast re-election

    /// The leader's process is gone, or leads no more: its protection ends here, and this member
    /// campaigns in its turn. A report about an older link than the current one says nothing.
    mutating func linkBroken(leader: MemberID, generation: UInt64) {
        guard following.leader == leader, leadership == nil else { return }
        if let position = tracker.position(of: leader) {
            guard generation >= tracker[position].linkGeneration else { return }
        }
        forgetLeader()
        guard canCampaign else { return }
        let rank = UInt64(tracker.rank(of: id, without: leader))
        let jitter = UInt64.random(
            in: 0...FastElection.jitterMilliseconds * 1_000_000,
            using: &random
        )
        let delay = rank * FastElection.rankStepMilliseconds * 1_000_000 + jitter
        following.fast = FastElection(deadline: now.advanced(byNanoseconds: delay))
    }

    /// A refusal may only mean that the other has not noticed yet: asks again a little later.
    private mutating func retryFastElection() {
        guard let fast = following.fast, fast.deadline == nil, fast.retriesLeft > 0 else { return }
        let delay = UInt64.random(in: FastElection.retryMilliseconds, using: &random)
        following.fast?.retriesLeft -= 1
        following.fast?.deadline = now.advanced(byMilliseconds: delay)
    }

    /// A leader whose disk stands still slows everybody down: another one should lead, at once.
    mutating func diskStalled() {
        guard leadership != nil else { return }
        makeRoom()
    }
}
