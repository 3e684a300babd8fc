internal import Bytes

extension Raft {
    /// Whether votes against the leader are refused: it is ourselves, or was heard within the
    /// shortest election timeout (4.2.3). CheckQuorum ends a leader's own claim.
    var protectsLeader: Bool {
        if isLeader { return true }
        guard let following, following.leader != nil, let heardAt = following.heardAt else {
            return false
        }
        return now.nanoseconds(since: heardAt) < timing.electionTimeoutNanoseconds
    }

    private var canCampaign: Bool {
        memberships.isVoterUntilSettled(id) && recovery == .complete && !reception.isInstalling
            && !isLeader && term.rawValue + 1 < Term.highest.rawValue
    }

    /// The next timeout, drawn anew each time, so that equals do not stay in step (3.4).
    mutating func drawElectionDeadline() {
        let timeout = timing.electionTimeoutNanoseconds
        let extra = UInt64.random(in: 0..<timeout, using: &random)
        election.deadline = now.advanced(byNanoseconds: timeout + extra)
    }

    /// The next timeout of a member that waits for what comes of a vote. It grows by what the disk
    /// takes: a vote is told only when it is durable, and whoever waits for one for less time than
    /// that never gets it.
    mutating func drawVoteDeadline() {
        drawElectionDeadline()
        let disk = pace.allowance(timeout: timing.electionTimeoutNanoseconds, now: now)
        election.deadline = election.deadline.advanced(byNanoseconds: disk)
    }

    /// Nobody leads as far as this member knows; a newer term forgets the vote.
    mutating func stepDown(to newTerm: Term) {
        if newTerm > term { hardState = HardState(term: newTerm, votedFor: nil) }
        if isLeader { drawElectionDeadline() }
        forgetLeader()
    }

    private mutating func forgetLeader() {
        roleState = .follower(FollowerState(verified: commitIndex))
        reads.startAgain()
    }

    /// A campaign is over and was not won.
    mutating func endCampaign() {
        guard let campaign else { return }
        roleState = .follower(FollowerState(verified: commitIndex, answer: campaign.answer))
    }

    // MARK: Campaigns

    /// The election timeout, or the moment of a fast campaign, may have come.
    mutating func campaignIfDue() {
        if let due = election.fast?.deadline, due <= now {
            election.fast?.deadline = nil
            if canCampaign, !isCautious, followedLeader == nil {
                if isHardStateDurable { return askForPreVotes() }
                retryFastElection()
            } else {
                election.fast = nil
            }
        }
        guard election.deadline <= now else { return }
        election.fast = nil
        drawElectionDeadline()
        // Whatever it would ask waits for the disk. A candidate's votes may still come, and a voter
        // may still elect the one that it has promised its vote to.
        guard isHardStateDurable else {
            if followedLeader != nil { forgetLeader() }
            return
        }
        let votes = campaign?.votesOfTerm ?? .empty
        forgetLeader()
        if canCampaign { askForPreVotes(keeping: votes) }
    }

    /// Asks whether a campaign could be won before it disturbs anybody (9.6). Votes of this term
    /// that voters are slow to make durable count until the next one begins.
    private mutating func askForPreVotes(keeping votes: MemberSet = .empty) {
        var campaign = Campaign(kind: .preVote)
        campaign.count(.granted, at: tracker.ownPosition)
        campaign.answer = following?.answer ?? self.campaign?.answer ?? .none
        campaign.earlierVotes = votes
        roleState = .candidate(campaign)
        drawElectionDeadline()
        guard !tracker.quorum.isReached(by: campaign.granted) else { return elect(.timeout) }
        broadcast(.preVote(lastEntry: log.last))
    }

    /// A campaign for the next term (3.4). Its own vote counts once it is durable, and nobody is
    /// asked before.
    private mutating func elect(_ cause: Message.CampaignCause) {
        stepDown(to: Term(rawValue: term.rawValue + 1))
        hardState.votedFor = id
        roleState = .candidate(Campaign(kind: .election))
        election.fast = nil
        drawVoteDeadline()
        broadcast(.requestVote(lastEntry: log.last, cause: cause))
    }

    private mutating func broadcast(_ body: Message.Body) {
        for position in tracker.quorum.everyVoter where position != tracker.ownPosition {
            send(body, to: tracker[position].id)
        }
    }

    /// The leader wants this member to succeed it at once (3.10); not one that may have forgotten a
    /// vote, as its own is one too.
    mutating func timeoutNow(from leader: MemberID) {
        guard followedLeader == leader, canCampaign, !isCautious else { return }
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
            endCampaign()
            election.fast = nil
            drawVoteDeadline()
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
        note(vote, from: message.from)
        if vote == .refused { retryFastElection() }
        switch campaignResult {
        case .won: elect(.timeout)
        case .lost: endCampaign()
        case .open: break
        }
    }

    mutating func countVote(_ vote: Message.Vote, from peer: MemberID) {
        noteShownTerm(of: peer)
        switch campaign?.kind {
        case .election:
            note(vote, from: peer)
            concludeElection()
        case .preVote: countLateVote(vote, from: peer)
        case nil: break
        }
    }

    /// A vote of the present term, for which this member is a candidate no more but asks whether
    /// it could win the next one.
    ///
    /// It counts only if this campaign, unbroken, has counted its own vote of that term: a vote may
    /// have been granted before a restart to a log that held more, or to a candidate that has
    /// followed another leader since.
    private mutating func countLateVote(_ vote: Message.Vote, from peer: MemberID) {
        guard vote == .granted, hardState.votedFor == id, let position = tracker.position(of: peer),
            let earlier = campaign?.earlierVotes,
            !earlier.intersection(tracker.ownSet).isEmpty
        else { return }
        roleState.updateCandidate { $0.earlierVotes.insert(position) }
        guard let campaign, tracker.quorum.isReached(by: campaign.votesOfTerm) else { return }
        becomeLeader()
    }

    private mutating func note(_ vote: Message.Vote, from peer: MemberID) {
        let position = tracker.position(of: peer)
        roleState.updateCandidate { $0.count(vote, at: position) }
    }

    /// A candidate's vote for itself is durable and counts.
    mutating func countOwnVote() {
        guard campaign?.kind == .election, durability.covers(hardState) else { return }
        note(.granted, from: id)
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
        case .lost: endCampaign()
        case .open: break
        }
    }

    /// Leads from here on: nothing is known of anybody's log, and an entry of its own term comes
    /// first, because only that one can be counted (3.6.2).
    private mutating func becomeLeader() {
        invariant(durability.covers(hardState), "leads term \(term) on a vote that is not durable")
        forgetLeader()
        tracker.resetProgress(next: log.last.index.next, term: term, now: now)
        roleState = .leader(
            Leadership(
                firstIndex: log.last.index.next,
                clock: ClusterClock(from: log.lastTime, now: now, timing: timing),
                appendedAt: now,
                heartbeatDeadline: now.advanced(byNanoseconds: timing.heartbeatNanoseconds),
                quorumDeadline: now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
            )
        )
        appendAsLeader([.empty])
    }

    // MARK: Fast re-election

    /// The leader's process is gone, or leads no more: its protection ends here, and this member
    /// campaigns in its turn. A report about an older link than the current one says nothing.
    mutating func linkBroken(leader: MemberID, generation: UInt64) {
        guard followedLeader == leader else { return }
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
        election.fast = FastElection(deadline: now.advanced(byNanoseconds: delay))
    }

    /// A refusal may only mean that the other has not noticed yet: asks again a little later.
    private mutating func retryFastElection() {
        guard let fast = election.fast, fast.deadline == nil, fast.retriesLeft > 0 else { return }
        let delay = UInt64.random(in: FastElection.retryMilliseconds, using: &random)
        election.fast?.retriesLeft -= 1
        election.fast?.deadline = now.advanced(byMilliseconds: delay)
    }

}
