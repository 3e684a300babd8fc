internal import Bytes

extension Raft {
    /// Hands leadership to another voter (3.10): proposals are refused until it has everything and
    /// was told to campaign, and again once an election timeout has passed without success.
    mutating func transferLeadership(to target: MemberID) {
        guard target != id, leadership != nil, membership.isVoter(target),
            leadership?.transfer?.target != target
        else { return }
        leadership?.transfer = Transfer(
            target: target,
            deadline: now.advanced(byNanoseconds: timing.electionTimeoutNanoseconds)
        )
    }

    /// Tells the target to campaign as soon as its log is as long as ours.
    mutating func finishTransfer() {
        guard let transfer = leadership?.transfer, transfer.stage == .catchingUp,
            let position = tracker.position(of: transfer.target),
            tracker[position].match == log.last.index
        else { return }
        leadership?.transfer?.stage = .told
        send(.timeoutNow, to: transfer.target)
    }

    /// A target that leads by now has ended this leadership; one that does not may never do.
    mutating func abortTransferIfDue() {
        guard let transfer = leadership?.transfer, transfer.deadline <= now else { return }
        leadership?.transfer = nil
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
        for position in tracker.progress.indices where position != tracker.ownPosition {
            guard tracker.quorum.voters & (1 << UInt64(position)) != 0 else { continue }
            let match = tracker[position].match
            if match > best?.match ?? .zero { best = (tracker[position].id, match) }
        }
        return best?.id
    }
}
