internal import Bytes

/// What every turn leaves true of a member's state, much of which is kept twice.
enum RaftRule: String, CaseIterable, Sendable {
    case leaderVotedForItself = "a leader, or a candidate, did not vote for itself"
    case ownVoteIsDurable = "a candidate counts its own vote before it is durable"
    case votesAreOfMembers = "a vote is counted at a position that no member has"
    case reseedingOnlyFollows = "a member that lost its log campaigns or leads"
    case installingOnlyFollows = "a member that installs a snapshot campaigns or leads"
    case verifiedIsBounded = "the verified log ends before the commit index or after the log"
    case ledIsOwn = "the leader's first index lies beyond its log"
    case durableStateIsPast =
        "the durable hard state is newer than the current one, or another vote"
    case cutIsUnsettled = "a cut waits for a hard state that is durable already"
    case withheldIsNotDurable = "a message is kept back and nothing keeps it"
    case logIsOrdered = "base, snapshot, last entry and writes of the log are out of order"
    case windowEndsAtLast = "the entries in memory do not end where the log does"
    case runsCoverLog = "the terms do not cover the log, rising"
    case membershipIsInLog = "the membership in force lies beyond the log"
    case firstMembershipAlone = "a second membership of the history is committed"
    case trackerFollowsMembership = "the tracker counts by another membership"
    case nextIsAfterMatch = "the next entry for a member is not after its match"
    case matchIsInLog = "a member is believed to hold more than the leader"
    case flightIsBounded = "more is in flight to a member than may be, or not in order"
    case toldIsKnown = "a member was told, or has answered, what the leader does not know"
    case questionHasDeadline = "a question has no deadline, or a deadline no question"
    case roundsRise = "the read rounds do not rise, or are too many"
    case roundsAreLed = "a member that does not lead has read rounds, or a leader has questions"
    case readsAreCounted = "the reads that wait are miscounted"
    case readsAreBounded = "more reads wait than may"
    case roundsAreSent = "a read round was not sent, or is of an index that is not committed"
    case questionsRise = "the questions to the leader do not rise, or are yet to be asked"
    case peersAskLeaders = "a member that does not lead has reads of others"
    case snapshotIsCommitted = "a snapshot holds entries that are not committed"
    case appliedIsCommitted = "entries were applied that are not committed"
    case durableWasWritten = "an entry is durable that was not handed out to be written"
    case windowIsCounted = "the bytes of the entries in memory are miscounted"
    case heardLeaderIsOther = "a follower has a leader that it did not hear, or follows itself"
    case campaignsToDecide = "a member that decides nothing campaigns"
    case leaderWaitsForNone = "a leader is about to campaign, or a fast campaign has no end"
    case endsInOwnTerm = "a leader's log does not end in its own term"
    case clockFollowsLog = "the cluster clock shows less than the last entry's time"
    case transferIsToVoter = "leadership goes to one that does not vote, or back to its leader"
    case ledTermIsOwn = "a leader counts acknowledgements of another term than its own"
    case acknowledgedIsInLog =
        "what a member has acknowledged lies after the log, or before its match"
    case heartbeatMatchIsPast = "a member's match was higher at the last heartbeat"
    case sentSnapshotIsOurs = "a snapshot goes out that is newer than the newest"
    case shownTermIsPast = "a member has shown a term that is still to come"
    case heardIsPast = "somebody was heard at a time that is still to come"
}

extension Raft {
    /// Ends the process when this turn broke a rule: figure 3.2 of the dissertation, as far as one
    /// member can see it, and, where assertions are checked, what the state says twice. Called at
    /// the end of each turn.
    ///
    /// - Complexity: O(1); O(*n*) in members, terms and reads where assertions are checked.
    func verify(since before: (hardState: HardState, commitIndex: LogIndex)) {
        invariant(term >= before.hardState.term, "the term went back to \(term)")
        if term == before.hardState.term, before.hardState.votedFor != nil {
            invariant(hardState.votedFor == before.hardState.votedFor, "vote changed in \(term)")
        }
        invariant(commitIndex >= before.commitIndex, "commit went back to \(commitIndex)")
        invariant(commitIndex <= log.last.index, "commit \(commitIndex) beyond \(log.last)")
        invariant(durability.index <= log.last.index, "durable beyond \(log.last)")
        invariant(log.last.term <= term, "entry \(log.last) from after term \(term)")
        debugInvariant(
            brokenRule == nil,
            why: "\(role) in term \(term): \(brokenRule?.rawValue ?? "")"
        )
        assert(brokenScanRule == nil, "\(role) in term \(term): \(brokenScanRule?.rawValue ?? "")")
    }

    /// The first broken rule of those that cost a few comparisons.
    var brokenRule: RaftRule? {
        roleRule ?? durability.brokenRule(current: hardState) ?? log.brokenRule
            ?? memberships.brokenRule(last: log.last.index, commitIndex: commitIndex)
            ?? reads.brokenRule(isLeader: isLeader)
    }

    /// The first broken rule of those that cost a walk over members, terms or reads.
    var brokenScanRule: RaftRule? {
        if outbox.withholds(whatIsIn: durability) { return .withheldIsNotDurable }
        if let rule = log.brokenScanRule ?? reads.brokenScanRule {
            return rule
        }
        guard tracker.counts(by: membership) else { return .trackerFollowsMembership }
        if let rule = memoryRule ?? leaderRule ?? queueRule { return rule }
        guard let leadership else { return nil }
        for progress in tracker.progress where progress.id != id {
            if let rule = progress.brokenRule(limits) { return rule }
            if progress.match > log.last.index || progress.next > log.last.index.next {
                return .matchIsInLog
            }
            if progress.match > progress.acknowledged { return .acknowledgedIsInLog }
            if case .snapshot(let transfer) = progress.sending, transfer.snapshot > log.snapshot {
                return .sentSnapshotIsOurs
            }
            if progress.toldCommit > commitIndex || progress.round > leadership.round {
                return .toldIsKnown
            }
        }
        return nil
    }

    /// What is durable, applied and in a snapshot, against each other.
    private var memoryRule: RaftRule? {
        if log.snapshot.index > commitIndex { return .snapshotIsCommitted }
        if appliedIndex > commitIndex { return .appliedIsCommitted }
        guard log.wasHandedOut(through: durability.index) else { return .durableWasWritten }
        for progress in tracker.progress {
            if progress.acknowledged > log.last.index { return .acknowledgedIsInLog }
            if progress.shownTerm > term { return .shownTermIsPast }
            if progress.heardAt > now { return .heardIsPast }
        }
        return nil
    }

    /// What a member's role means for the rest of its state.
    private var leaderRule: RaftRule? {
        switch roleState {
        case .follower(let following):
            if (following.heardAt ?? now) > now { return .heardIsPast }
            let isHeard = (following.leader == nil) == (following.heardAt == nil)
            return isHeard && following.leader != id ? nil : .heardLeaderIsOther
        case .candidate:
            return memberships.isVoterUntilSettled(id) ? nil : .campaignsToDecide
        case .leader(let leadership):
            if election.fast != nil { return .leaderWaitsForNone }
            if log.last.term != term { return .endsInOwnTerm }
            if tracker.ledTerm != term { return .ledTermIsOwn }
            if leadership.clock.time < log.lastTime { return .clockFollowsLog }
            guard let target = leadership.transfer?.target else { return nil }
            return target != id && membership.isVoter(target) ? nil : .transferIsToVoter
        }
    }

    /// The reads, against what was sent and committed.
    private var queueRule: RaftRule? {
        if reads.count > limits.waitingReadCountMax { return .readsAreBounded }
        guard let leadership else { return reads.areOwn ? nil : .peersAskLeaders }
        let areSent = reads.rounds.allSatisfy {
            $0.index <= commitIndex && $0.number <= leadership.round
        }
        return areSent ? nil : .roundsAreSent
    }

    private var roleRule: RaftRule? {
        switch roleState {
        case .follower(let following):
            let isBounded =
                following.verified >= commitIndex && following.verified <= log.last.index
            return isBounded ? nil : .verifiedIsBounded
        case .candidate(let campaign):
            if let rule = campaign.brokenRule(memberCount: tracker.progress.count) { return rule }
            let votes = campaign.votesOfTerm
            if campaign.kind == .election || !votes.isEmpty {
                if hardState.votedFor != id { return .leaderVotedForItself }
                let isOwnCounted = !votes.intersection(tracker.ownSet).isEmpty
                if isOwnCounted, !durability.covers(hardState) { return .ownVoteIsDurable }
            }
        case .leader(let leadership):
            if hardState.votedFor != id { return .leaderVotedForItself }
            if leadership.firstIndex > log.last.index { return .ledIsOwn }
        }
        if recovery != .complete { return .reseedingOnlyFollows }
        return reception.isInstalling ? .installingOnlyFollows : nil
    }
}

extension Campaign {
    func brokenRule(memberCount: Int) -> RaftRule? {
        granted.union(refused).union(earlierVotes).isSubset(of: MemberSet(first: memberCount))
            ? nil : .votesAreOfMembers
    }
}

extension ProgressTracker {
    /// Whether members, own position and voters are those of `membership`.
    func counts(by membership: Membership) -> Bool {
        progress.count == membership.members.count
            && zip(progress, membership.members).allSatisfy { $0.id == $1.id }
            && ownPosition == position(of: ownID)
            && quorum.voters.elementsEqual(membership.voters.compactMap(position))
            && quorum.outgoing.elementsEqual(membership.outgoingVoters.compactMap(position))
    }
}

extension Progress {
    func brokenRule(_ limits: Limits) -> RaftRule? {
        guard match < next else { return .nextIsAfterMatch }
        guard matchAtHeartbeat <= match else { return .heartbeatMatchIsPast }
        return inFlight.isBounded(limits, before: next) ? nil : .flightIsBounded
    }
}
