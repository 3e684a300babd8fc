internal import Bytes
internal import Consensus
internal import Journal
internal import Replica

/// What a member has once relied on as durable must still be there in its next life, and what a
/// leader relies on must be durable where it was said.
extension SimulatedCluster {
    /// A new life begins: the log still holds the last entry that was durable, or was given up for
    /// damage that really happened.
    func compareLog(of member: SimulatedMember, _ view: ConsensusView) {
        guard view.candor == .full else {
            member.witness.durable = nil
            if !member.hasRotted { found(.logGivenUp(member: member.number)) }
            return
        }
        guard let known = member.witness.durable, known.index > view.baseIndex else { return }
        report.deeds.count(.logCheck)
        if member.replica?.entryTerm(at: known.index) != known.term {
            found(.durableEntryLost(member: member.number, index: known.index.rawValue))
        }
    }

    /// Notes what is durable now, before anything that rests on it leaves: it will be asked for
    /// after a crash.
    func noteDurable(of member: SimulatedMember, _ view: ConsensusView) {
        guard member.directory.isOwn, member.replica?.isOpen == true
        else { return }
        compareHardState(of: member, view)
        member.witness.hardState = view.hardState
        noteCut(of: member, view)
        guard let term = member.replica?.entryTerm(at: view.durableIndex) else { return }
        let durable = EntryID(term: term, index: view.durableIndex)
        if durable != member.witness.durable, member.witness.auditCount > 0 {
            member.witness.auditCount -= 1
            audit(member, durable)
        }
        member.witness.durable = durable
    }

    /// After the log was cut off, reports about what stood there before may still come: the next
    /// few times that something is called durable, the disk is asked.
    private func noteCut(of member: SimulatedMember, _ view: ConsensusView) {
        if let known = member.witness.last, known.index > view.baseIndex,
            member.replica?.entryTerm(at: known.index) != known.term
        {
            member.witness.auditCount = Self.auditCountAfterCut
        }
        if let known = member.witness.durable, known.term == view.term,
            known.index > view.baseIndex, view.candor == .full, view.durableIndex < known.index
        {
            found(.entryWithdrawn(member: member.number, index: known.index.rawValue))
        }
        member.witness.last = member.replica?.entryTerm(at: view.lastIndex).map {
            EntryID(term: $0, index: view.lastIndex)
        }
    }

    private static let auditCountAfterCut = 3

    /// Whether the member would find the entry again if the power went now.
    private func audit(_ member: SimulatedMember, _ durable: EntryID) {
        guard !member.hasRotted else { return }
        report.deeds.count(.diskAudit)
        var disk = member.disk
        disk.loseUnsynced()
        do throws(JournalError) {
            let log = try Journal.open(disk, opening(of: member)).recovery.log
            let run = log.runs.last { $0.first <= durable.index }
            let isHeld = durable.index <= log.last.index && run?.term == durable.term
            guard isHeld || durable.index <= log.base.index else {
                return found(
                    .durableEntryLost(member: member.number, index: durable.index.rawValue)
                )
            }
        } catch { found(.durableEntryLost(member: member.number, index: durable.index.rawValue)) }
    }

    /// The votes that made the leader are durable: a majority gave it theirs, or has gone on to a
    /// later term (3.8).
    func judgeVotes(for member: SimulatedMember, _ view: ConsensusView) {
        guard let id = member.replica?.id else { return }
        guard let membership = member.replica?.membership else { return }
        for voters in [membership.voters, membership.outgoingVoters] where !voters.isEmpty {
            let supporterCount = voters.count { supports($0, id, in: view.term) }
            if supporterCount * 2 <= voters.count {
                found(.votesNotDurable(term: view.term.rawValue))
            }
        }
    }

    /// Whether the voter's durable vote is the leader's, or its term is later; also when its
    /// machine is gone.
    private func supports(_ voter: MemberID, _ leader: MemberID, in term: Term) -> Bool {
        guard let member = members.first(where: { $0.id == voter }) else { return true }
        guard let state = member.witness.hardState else { return false }
        return state.term > term || state == HardState(term: term, votedFor: leader)
    }

    /// What a leader commits ends with an entry of its own term (3.6.2).
    func judgeCommit(of member: SimulatedMember, _ view: ConsensusView, after before: ConsensusView)
    {
        guard view.role == .leader, before.role == .leader, view.term == before.term,
            view.commitIndex > before.commitIndex
        else { return }
        if member.replica?.entryTerm(at: view.commitIndex) != view.term {
            found(.olderTermCounted(index: view.commitIndex.rawValue))
        }
    }
}
