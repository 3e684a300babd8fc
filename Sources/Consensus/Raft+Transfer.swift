internal import Bytes

extension Raft {
    /// Hands leadership to another voter (3.10): proposals are refused until it has everything and
    /// was told to campaign, and again once an election timeout has passed without success.
    mutating func transferLeadership(to target: MemberID) {
        guard target != id, let leadership, membership.isVoter(target),
            leadership.transfer?.target != target
        else { return }
        let deadline = now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
        roleState.updateLeader { $0.transfer = Transfer(target: target, deadline: deadline) }
    }

    /// Tells the target to campaign as soon as its log is as long as ours.
    mutating func finishTransfer() {
        guard let transfer = leadership?.transfer, transfer.stage == .catchingUp,
            let position = tracker.position(of: transfer.target),
            tracker[position].match == log.last.index
        else { return }
        roleState.updateLeader { $0.transfer?.stage = .told }
        send(.timeoutNow, to: transfer.target)
    }

    /// A target that leads by now has ended this leadership; one that does not may never do.
    mutating func abortTransferIfDue() {
        guard let transfer = leadership?.transfer, transfer.deadline <= now else { return }
        roleState.updateLeader { $0.transfer = nil }
    }

    /// Steps down without waiting for anybody: everybody hears what is committed, and the voter
    /// whose log is longest campaigns.
    mutating func makeRoom() {
        for progress in tracker.progress where progress.id != id {
            send(.commit(commitIndex), to: progress.id)
        }
        if let successor = bestSuccessor { send(.timeoutNow, to: successor) }
        stepDown(to: term)
    }

    private var bestSuccessor: MemberID? {
        var best: (id: MemberID, match: LogIndex)?
        for position in tracker.quorum.voters where position != tracker.ownPosition {
            let match = tracker[position].match
            if match > best?.match ?? .zero { best = (tracker[position].id, match) }
        }
        return best?.id
    }
}
