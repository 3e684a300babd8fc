internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// Watches all members at once and holds what they show against what must hold of them together.
final class SafetyObserver {
    /// What a member's turn has shown beyond what the observer judges by itself.
    enum Notice {
        case nothing
        /// It came back with less than it had acknowledged, and was told so.
        case lossNoticed
    }

    /// So many of the last committed entries a new leader's log is searched for; an older one that
    /// it lacks is found when it is applied.
    private static let completenessCountMax: UInt64 = 256
    private static let comparedByteCountMax = 4 << 20
    private static let vainTurnCountMax = 64

    let world: World
    let members: Members
    private let clients: Clients
    private var properties = SafetyProperties()
    /// With what the cluster began; nil for an empty store.
    var restored: RestoredState?
    /// The highest feature level that any member has shown.
    private var featureLevel: UInt64 = 1

    init(of members: Members, for clients: Clients, in world: World) {
        self.world = world
        self.members = members
        self.clients = clients
    }

    /// The last index that is known to be committed.
    var lastCommitted: UInt64 { properties.lastCommitted }

    /// A new life begins: what was durable must still be so.
    func beginLife(of member: SimulatedMember) {
        member.observed.view = nil
        member.observed.last = nil
        if let former = member.former, member.replica?.id == former {
            world.found(.cameBackAsItself(member: member.number))
        }
        guard member.directory.isOwn, let view = member.replica?.consensus else { return }
        member.observed.comparedThrough = view.commitIndex.rawValue
        compareHardState(of: member, view: view)
        compareLog(of: member, view: view)
    }

    /// After each turn: what the member shows is held against what the protocol promises.
    func observe(_ member: SimulatedMember, view: ConsensusView) -> Notice {
        guard view != member.observed.view else { return .nothing }
        let before = member.observed.view
        member.observed.view = view
        guard member.directory.isOwn else {
            // On a forged directory it may look on, and nothing more.
            if view.role == .leader { world.found(.forgeryServed(member: member.number)) }
            return .nothing
        }
        if let before, view.commitIndex < before.commitIndex {
            world.found(.commitWentBack(member: member.number))
        }
        if let before { judgeCommit(of: member, view: view, after: before) }
        if before?.membershipIndex != view.membershipIndex {
            judgeChange(of: member, view: view)
            noteReadmission(by: member)
        }
        judgeEmptied(member, view: view)
        if view.role == .leader, before?.role != .leader || before?.term != view.term {
            judgeLeader(member, view: view)
        }
        compareCommitted(member, view: view)
        learnMembership(of: member, view: view)
        if before?.appliedIndex != view.appliedIndex {
            compareStore(member, view: view)
            judgeLevel(of: member)
            judgeLearners(of: member, view: view)
            judgeRestored(member)
        }
        heal(member, view: view)
        return judgeSetBack(member, view: view)
    }

    /// After each turn: did nothing come of it although the next is due already? Of one turn that
    /// may be all; turn after turn it keeps a processor busy with nothing.
    func judgeHaste(of member: SimulatedMember, wasInVain: Bool) {
        member.observed.vainTurnCount = wasInVain ? member.observed.vainTurnCount + 1 : 0
        if member.observed.vainTurnCount > Self.vainTurnCountMax {
            world.found(.spins(member: member.number))
        }
    }

    func compareHardState(of member: SimulatedMember, view: ConsensusView) {
        guard let known = member.observed.hardState, known != view.hardState else { return }
        world.count(.voteCheck)
        if view.hardState.term < known.term {
            world.found(.termWentBack(member: member.number))
        } else if view.hardState.term == known.term, let vote = known.votedFor,
            view.hardState.votedFor != vote
        {
            world.found(.votedTwice(member: member.number, term: known.term.rawValue))
        }
    }

    private func judgeLeader(_ member: SimulatedMember, view: ConsensusView) {
        world.count(.election)
        world.tell(of: member, "leads term \(view.term.rawValue)")
        if let id = member.id {
            if let violation = properties.leads(id, term: Int(view.term.rawValue)) {
                world.found(violation)
            }
            if id == members.membership.transferTarget { world.count(.transferDone) }
            members.membership.transferTarget = nil
        }
        judgeVotes(for: member, view: view)
        world.count(.leaderCheck)
        let last = properties.lastCommitted
        let first = max(last > Self.completenessCountMax ? last - Self.completenessCountMax : 1, 1)
        guard first <= last else { return }
        for index in first...last {
            guard let entry = properties.committed(at: index),
                entry.committedIn < view.term.rawValue,
                index > view.baseIndex.rawValue
            else { continue }
            if member.replica?.entryTerm(at: LogIndex(rawValue: index))?.rawValue != entry.term {
                world.found(.leaderLacks(index: index, term: view.term.rawValue))
            }
        }
    }

    /// Every entry that became committed here is held against what others committed.
    private func compareCommitted(_ member: SimulatedMember, view: ConsensusView) {
        let commit = view.commitIndex.rawValue
        while member.observed.comparedThrough < commit {
            let next = LogIndex(rawValue: member.observed.comparedThrough + 1)
            let cached = member.replica?.cachedEntries(
                from: next,
                byteCountMax: Self.comparedByteCountMax
            )
            guard case .cached(let entries) = cached, !entries.isEmpty else {
                // Not in memory: its term is known, unless a snapshot took its place.
                if let term = member.replica?.entryTerm(at: next), next > view.baseIndex {
                    _ = compare(
                        SafetyProperties.Committed(term: term.rawValue, digest: nil),
                        at: next.rawValue,
                        view: view
                    )
                }
                member.observed.comparedThrough = next.rawValue
                continue
            }
            for entry in entries where entry.id.index.rawValue <= commit {
                let comparison = compare(
                    SafetyProperties.Committed(entry),
                    at: entry.id.index.rawValue,
                    view: view
                )
                if comparison == .first { clients.observeCommitted(entry) }
                member.observed.comparedThrough = entry.id.index.rawValue
            }
        }
    }

    private func compare(
        _ entry: SafetyProperties.Committed,
        at index: UInt64,
        view: ConsensusView
    ) -> SafetyProperties.Comparison {
        let comparison = properties.commits(entry, at: index, in: view.term.rawValue)
        switch comparison {
        case .first: break
        case .agrees: world.count(.entryCheck)
        case .differs: world.found(.logsDiffer(index: index))
        }
        return comparison
    }

    private func compareStore(_ member: SimulatedMember, view: ConsensusView) {
        if members.areCallersKnown, let access = member.replica?.keyspace.access {
            clients.observe(access, at: view.appliedIndex)
        }
        guard let hash = member.replica?.storeHash else { return }
        let index = view.appliedIndex.rawValue
        switch properties.holds(hash.rawValue, at: index) {
        case .first: break
        case .agrees: world.count(.storeCheck)
        case .differs: world.found(.statesDiffer(index: index))
        }
    }

    /// No member that belongs to the cluster meets a level that its release does not know.
    private func judgeLevel(of member: SimulatedMember) {
        guard let level = member.replica?.featureLevel, level > featureLevel else { return }
        featureLevel = level
        world.count(.levelRaised)
        if level >= Caller.member.featureLevel, clients.haveUsers { members.areCallersKnown = true }
        for other in members.present
        where level > other.release.featureLevelMax && other.release == .previous
            && members.membership.belongs(other.id)
        {
            world.found(.levelTooSoon(member: other.number))
        }
    }

    private func judgeRestored(_ member: SimulatedMember) {
        guard let restored, let state = member.replica?.keyspace else { return }
        world.count(.restoredCheck)
        if let violation = restored.violation(of: state, at: member.number) {
            world.found(violation)
        }
    }

    /// A damaged member that holds everything again is as good as any.
    private func heal(_ member: SimulatedMember, view: ConsensusView) {
        guard var damage = member.damage else { return }
        if view.logIntegrity == .reseeding { damage.isReseeding = true }
        member.damage = damage
        guard !damage.isLatent, view.logIntegrity == .intact,
            view.appliedIndex.rawValue >= damage.mark
        else { return }
        if damage.isReseeding {
            world.count(.repair)
            world.tell(of: member, "is whole again")
        }
        member.damage = nil
    }

    /// A member shows a membership that is committed.
    private func learnMembership(of member: SimulatedMember, view: ConsensusView) {
        guard view.membershipIndex <= view.commitIndex,
            members.membership.known.map({ $0.index < view.membershipIndex }) ?? true,
            let membership = member.replica?.membership
        else { return }
        members.membership.learn(membership, at: view.membershipIndex)
        judgeRoles(in: membership, at: view.membershipIndex)
    }

    /// Nobody votes who is only to observe, everybody has its own name, and no vote went that nobody
    /// took away.
    private func judgeRoles(in membership: Membership, at index: LogIndex) {
        if let floor = members.membership.voterCountFloor, membership.voters.count < floor {
            world.found(
                .tooFewVoters(index: index.rawValue, count: membership.voters.count)
            )
        }
        for member in members.present {
            guard let id = member.id, let known = membership.member(id) else { continue }
            if member.isCalledOff { world.found(.uninvited(member: member.number)) }
            let votesAgainstOrder =
                members.membership.observes(member.number) && membership.isVoter(id)
            if votesAgainstOrder || known.name != member.name {
                world.found(.wrongRole(member: member.number, index: index.rawValue))
            }
        }
    }

    /// A learner that is on its way to vote is so by an order, or is about to go by one.
    private func judgeLearners(of member: SimulatedMember, view: ConsensusView) {
        guard view.membershipIndex <= view.appliedIndex,
            let membership = member.replica?.membership,
            membership.learners.count > membership.observers.count,
            let orders = member.replica?.keyspace.memberOrders
        else { return }
        for learner in membership.learners where !membership.observers.contains(learner) {
            let name = membership.member(learner)?.name
            let isWanted = orders.contains {
                $0.newcomer == learner.rawValue || $0.subject == learner.rawValue
                    || $0.place?.name == name
            }
            if !isWanted { world.found(.strandedLearner(index: view.appliedIndex.rawValue)) }
        }
    }

    // MARK: Members that lost their directories for good

    /// Whoever votes by a membership that is in force anywhere may do so.
    private func noteReadmission(by member: SimulatedMember) {
        guard let membership = member.replica?.membership else { return }
        for rebuilt in members.present where rebuilt.former != nil {
            if let id = rebuilt.id, membership.isVoter(id) { rebuilt.former = nil }
        }
    }

    /// Before it has taken its own former place it may not vote.
    private func judgeEmptied(_ member: SimulatedMember, view: ConsensusView) {
        guard member.former != nil, view.hardState.votedFor != nil else { return }
        world.found(.forgetfulVoter(member: member.number))
    }

    // MARK: Members that were set back

    /// A member that was set back either has everything again or knows that it has not: once it has
    /// met the one who knows, it may not count as whole without being so.
    private func judgeSetBack(_ member: SimulatedMember, view: ConsensusView) -> Notice {
        guard let setBack = member.setBack else { return .nothing }
        let knower = members[setBack.knower]
        guard world.isTruce, knower.life == setBack.life, let id = knower.id else {
            member.setBack = nil
            return .nothing
        }
        guard view.lastIndex < setBack.acknowledged else {
            endSetBack(of: member)
            return .nothing
        }
        if view.logIntegrity == .reseeding {
            world.count(.lossNoticed)
            endSetBack(of: member)
            return .lossNoticed
        }
        if member.replica?.isLinked(to: id) ?? false {
            world.found(.forgetfulVoter(member: member.number))
            endSetBack(of: member)
        }
        return .nothing
    }

    /// Whoever knows what the member lacks has had the word.
    private func endSetBack(of member: SimulatedMember) {
        member.setBack = nil
        world.endTruce()
    }
}
