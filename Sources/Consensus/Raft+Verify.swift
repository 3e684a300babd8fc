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
}

extension Raft {
    /// Ends the process when this turn broke a rule: figure 3.2 of the dissertation, as far as one
    /// member can see it, and what the state says twice. Called at the end of each turn.
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
        if let rule = brokenRule { unreachable("\(role) in term \(term): \(rule.rawValue)") }
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
        guard let leadership else { return nil }
        for progress in tracker.progress where progress.id != id {
            if let rule = progress.brokenRule(limits) { return rule }
            if progress.match > log.last.index || progress.next > log.last.index.next {
                return .matchIsInLog
            }
            if progress.toldCommit > commitIndex || progress.round > leadership.round {
                return .toldIsKnown
            }
        }
        return nil
    }

    private var roleRule: RaftRule? {
        switch roleState {
        case .follower(let following):
            let isBounded =
                following.verified >= commitIndex && following.verified <= log.last.index
            return isBounded ? nil : .verifiedIsBounded
        case .candidate(let campaign):
            if let rule = campaign.brokenRule(memberCount: tracker.progress.count) { return rule }
            if campaign.kind == .election {
                if hardState.votedFor != id { return .leaderVotedForItself }
                let isOwnCounted = !campaign.granted.intersection(tracker.ownSet).isEmpty
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
        granted.union(refused).isSubset(of: MemberSet(first: memberCount))
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
        return inFlight.isBounded(limits, before: next) ? nil : .flightIsBounded
    }
}
