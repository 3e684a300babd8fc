internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

extension SimulatedCluster {
    /// So many of the last committed entries a new leader's log is searched for; an older one that
    /// it lacks is found when it is applied.
    private static let completenessCountMax: UInt64 = 256
    private static let comparedByteCountMax = 4 << 20
    private static let vainTurnCountMax = 64

    /// A new life begins: what was durable must still be so.
    func beginWitness(of member: SimulatedMember) {
        member.witness.view = nil
        member.witness.last = nil
        guard member.directory.isOwn, let view = member.replica?.consensus else { return }
        member.witness.comparedThrough = view.commitIndex.rawValue
        compareHardState(of: member, view: view)
        compareLog(of: member, view: view)
    }

    /// After each turn: what the member shows is held against the protocol's laws.
    func observe(_ member: SimulatedMember, view: ConsensusView) {
        guard view != member.witness.view else { return }
        let before = member.witness.view
        member.witness.view = view
        guard member.directory.isOwn else {
            // On a forged directory it may look on, and nothing more.
            if view.role == .leader { found(.forgeryServed(member: member.number)) }
            return
        }
        if let before, view.commitIndex < before.commitIndex {
            found(.commitWentBack(member: member.number))
        }
        if let before { judgeCommit(of: member, view: view, after: before) }
        if before?.membershipIndex != view.membershipIndex { judgeChange(of: member, view: view) }
        if view.role == .leader, before?.role != .leader || before?.term != view.term {
            judgeLeader(member, view: view)
        }
        compareCommitted(member, view: view)
        learnMembership(of: member, view: view)
        if before?.appliedIndex != view.appliedIndex { compareStore(member, view: view) }
        heal(member, view: view)
        judgeSetBack(member, view: view)
    }

    /// After each turn: did nothing come of it although the next is due already? Of one turn that
    /// may be all; turn after turn it keeps a processor busy with nothing.
    func judgeHaste(of member: SimulatedMember, wasInVain: Bool) {
        member.vainTurnCount = wasInVain ? member.vainTurnCount + 1 : 0
        if member.vainTurnCount > Self.vainTurnCountMax { found(.spins(member: member.number)) }
    }

    func compareHardState(of member: SimulatedMember, view: ConsensusView) {
        guard let known = member.witness.hardState, known != view.hardState else { return }
        report.deeds.count(.voteCheck)
        if view.hardState.term < known.term {
            found(.termWentBack(member: member.number))
        } else if view.hardState.term == known.term, let vote = known.votedFor,
            view.hardState.votedFor != vote
        {
            found(.votedTwice(member: member.number, term: known.term.rawValue))
        }
    }

    private func judgeLeader(_ member: SimulatedMember, view: ConsensusView) {
        report.deeds.count(.election)
        tell(member, "leads term \(view.term.rawValue)")
        if let id = member.id {
            if let violation = laws.leads(id, term: Int(view.term.rawValue)) { found(violation) }
            if id == operators.heir { report.deeds.count(.heir) }
            operators.heir = nil
        }
        judgeVotes(for: member, view: view)
        report.deeds.count(.leaderCheck)
        let last = laws.lastCommitted
        let first = max(last > Self.completenessCountMax ? last - Self.completenessCountMax : 1, 1)
        guard first <= last else { return }
        for index in first...last {
            guard let entry = laws.committed(at: index), entry.committedIn < view.term.rawValue,
                index > view.baseIndex.rawValue
            else { continue }
            if member.replica?.entryTerm(at: LogIndex(rawValue: index))?.rawValue != entry.term {
                found(.leaderLacks(index: index, term: view.term.rawValue))
            }
        }
    }

    /// Every entry that became committed here is held against what others committed.
    private func compareCommitted(_ member: SimulatedMember, view: ConsensusView) {
        let commit = view.commitIndex.rawValue
        while member.witness.comparedThrough < commit {
            let next = LogIndex(rawValue: member.witness.comparedThrough + 1)
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
                member.witness.comparedThrough = next.rawValue
                continue
            }
            for entry in entries where entry.id.index.rawValue <= commit {
                let comparison = compare(
                    SafetyProperties.Committed(entry),
                    at: entry.id.index.rawValue,
                    view: view
                )
                if comparison == .first { observeCommitted(entry) }
                member.witness.comparedThrough = entry.id.index.rawValue
            }
        }
    }

    private func compare(
        _ entry: SafetyProperties.Committed,
        at index: UInt64,
        view: ConsensusView
    ) -> SafetyProperties.Comparison {
        let comparison = laws.commits(entry, at: index, in: view.term.rawValue)
        switch comparison {
        case .first: break
        case .agrees: report.deeds.count(.entryCheck)
        case .differs: found(.logsDiffer(index: index))
        }
        return comparison
    }

    private func compareStore(_ member: SimulatedMember, view: ConsensusView) {
        guard let hash = member.replica?.storeHash else { return }
        let index = view.appliedIndex.rawValue
        switch laws.holds(hash.rawValue, at: index) {
        case .first: break
        case .agrees: report.deeds.count(.storeCheck)
        case .differs: found(.statesDiffer(index: index))
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
            report.deeds.count(.repair)
            tell(member, "is whole again")
        }
        member.damage = nil
    }

    /// What is still wrong with the cluster: somebody has to lead, and everybody to be ready.
    var unrecovered: [Violation] {
        var violations: [Violation] = []
        let isLed = members.contains { $0.replica?.consensus?.role == .leader }
        if !isLed { violations.append(.noLeader) }
        for order in operators.orders {
            violations.append(.changeUnfinished(member: order.member))
        }
        for member in members where operators.belongs(member.id) {
            guard let unreadiness = member.replica?.unreadiness else {
                violations.append(.notReady(member: member.number, why: "down"))
                continue
            }
            guard !unreadiness.isEmpty else { continue }
            let why = "reasons \(String(unreadiness.rawValue, radix: 2))"
            violations.append(.notReady(member: member.number, why: why))
        }
        return violations
    }
}

extension Effects {
    /// Whether the world owes the turn nothing.
    var areNone: Bool {
        disk.isEmpty && frames.isEmpty && linksToClose.isEmpty && dials.isEmpty && replies.isEmpty
            && applied.isEmpty && storeReplacement == nil && snapshot == nil && notices.isEmpty
            && stop == nil
    }
}
