internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

/// What a member has once relied on as durable must still be there in its next life, and what a
/// members.leader relies on must be durable where it was said.
extension SafetyObserver {
    /// A new life begins: the log still holds the last entry that was durable, or was given up for
    /// damage that really happened.
    func compareLog(of member: SimulatedMember, view: ConsensusView) {
        guard view.logIntegrity == .intact else {
            member.observed.durable = nil
            if !member.hasRotted { world.found(.logGivenUp(member: member.number)) }
            return
        }
        guard let known = member.observed.durable, known.index > view.baseIndex else { return }
        world.count(.logCheck)
        if member.replica?.entryTerm(at: known.index) != known.term {
            world.found(.durableEntryLost(member: member.number, index: known.index.rawValue))
        }
    }

    /// Notes what is durable world.now, before anything that rests on it leaves: it will be asked for
    /// after a crash.
    func noteDurable(of member: SimulatedMember, view: ConsensusView) {
        guard member.directory.isOwn, member.replica?.isOpen == true
        else { return }
        compareHardState(of: member, view: view)
        member.observed.hardState = view.hardState
        noteCut(of: member, view: view)
        guard let term = member.replica?.entryTerm(at: view.durableIndex) else { return }
        let durable = EntryID(term: term, index: view.durableIndex)
        if durable != member.observed.durable, member.observed.auditCount > 0 {
            member.observed.auditCount -= 1
            audit(member, durable: durable)
        }
        member.observed.durable = durable
    }

    /// After the log was cut off, reports about what stood there before may still come: the next
    /// few times that something is called durable, the disk is asked.
    private func noteCut(of member: SimulatedMember, view: ConsensusView) {
        if let known = member.observed.last, known.index > view.baseIndex,
            member.replica?.entryTerm(at: known.index) != known.term
        {
            member.observed.auditCount = Self.auditCountAfterCut
            judgeMembership(of: member, view: view)
        }
        if let known = member.observed.durable, known.term == view.term,
            known.index > view.baseIndex, view.logIntegrity == .intact,
            view.durableIndex < known.index
        {
            world.found(.entryWithdrawn(member: member.number, index: known.index.rawValue))
        }
        member.observed.last = member.replica?.entryTerm(at: view.lastIndex).map {
            EntryID(term: $0, index: view.lastIndex)
        }
    }

    /// After a cut, what the log still holds at the place of the membership in force is one (4.1);
    /// what is committed is never cut.
    private func judgeMembership(of member: SimulatedMember, view: ConsensusView) {
        let index = view.membershipIndex
        guard let before = member.observed.view, index > before.commitIndex else { return }
        let cached = member.replica?.cachedEntries(from: index, byteCountMax: 1)
        guard case .cached(let entries) = cached, entries.first?.kind != .membership else { return }
        world.found(.cutMembershipInForce(member: member.number, index: index.rawValue))
    }

    private static let auditCountAfterCut = 3

    /// What is removed is needed no more, whatever else the disk has not done yet.
    func auditRemoval(of member: SimulatedMember) {
        guard member.directory.isOwn, let durable = member.observed.durable else { return }
        audit(member, durable: durable)
    }

    /// Whether the member would find the entry again if the power went world.now.
    private func audit(_ member: SimulatedMember, durable: EntryID) {
        guard !member.hasRotted else { return }
        world.count(.diskAudit)
        var disk = member.disk
        disk.loseUnsynced()
        do throws(JournalError) {
            let opening = member.opening(segmentByteCount: world.plan.segmentByteCount)
            let log = try Journal.open(disk, opening: opening).recovery.log
            let run = log.runs.last { $0.first <= durable.index }
            let isHeld = durable.index <= log.last.index && run?.term == durable.term
            guard isHeld || durable.index <= log.base.index else {
                return world.found(
                    .durableEntryLost(member: member.number, index: durable.index.rawValue)
                )
            }
        } catch {
            world.found(.durableEntryLost(member: member.number, index: durable.index.rawValue))
        }
    }
}

/// What a members.leader relies on is durable on a majority of each half of the voters.
extension SafetyObserver {
    /// The votes that made the members.leader are durable: a majority gave it theirs, or has gone on to a
    /// later term (3.8).
    func judgeVotes(for member: SimulatedMember, view: ConsensusView) {
        guard let id = member.replica?.id, let membership = member.replica?.membership else {
            return
        }
        let isElected = isMajority(of: membership) { voter in
            guard let state = voter.observed.hardState else { return false }
            return state.term > view.term || state == HardState(term: view.term, votedFor: id)
        }
        if !isElected { world.found(.votesNotDurable(term: view.term.rawValue)) }
    }

    /// What a members.leader commits ends with an entry of its own term (3.6.2), and a majority has that
    /// or has gone on to a later term.
    func judgeCommit(of member: SimulatedMember, view: ConsensusView, after before: ConsensusView) {
        guard view.role == .leader, before.role == .leader, view.term == before.term,
            view.commitIndex > before.commitIndex
        else { return }
        let index = view.commitIndex
        guard member.replica?.entryTerm(at: index) == view.term else {
            return world.found(.olderTermCounted(index: index.rawValue))
        }
        // When the membership changes in the same turn, either may have been counted by.
        guard view.membershipIndex == before.membershipIndex,
            let membership = member.replica?.membership
        else { return }
        let isDurable = isMajority(of: membership) { voter in
            guard let durable = voter.observed.durable, voter.damage == nil else { return true }
            return durable.term == view.term && durable.index >= index
                || voter.observed.hardState.map { $0.term > view.term } ?? false
        }
        if !isDurable { world.found(.commitNotDurable(index: index.rawValue)) }
    }

    /// A leader changes the membership once an entry of its own term is committed, and no sooner
    /// (4.1, as corrected in July 2015).
    func judgeChange(of member: SimulatedMember, view: ConsensusView) {
        guard view.role == .leader, view.membershipIndex > view.commitIndex,
            member.replica?.entryTerm(at: view.membershipIndex) == view.term,
            member.replica?.entryTerm(at: view.commitIndex) != view.term
        else { return }
        world.found(.changedTooSoon(index: view.membershipIndex.rawValue))
    }

    /// Whether it is so with a majority of each half of the voters; one whose machine is gone does
    /// not speak against it.
    private func isMajority(
        of membership: Membership,
        _ isSo: (SimulatedMember) -> Bool
    ) -> Bool {
        for voters in [membership.voters, membership.outgoingVoters] where !voters.isEmpty {
            let count = voters.count { voter in
                members.all.first { $0.id == voter }.map(isSo) ?? true
            }
            guard count * 2 > voters.count else { return false }
        }
        return true
    }
}
