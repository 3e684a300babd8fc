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
            let position = roster.position(of: transfer.target),
            roster[position].match == log.last.index
        else { return }
        leadership?.transfer?.stage = .told
        send(.timeoutNow, to: transfer.target)
    }

    /// A target that leads by now has ended this leadership; one that does not may never do.
    mutating func abortTransferIfDue() {
        guard let transfer = leadership?.transfer, transfer.deadline <= now else { return }
        leadership?.transfer = nil
    }

    /// The voter that can take over fastest.
    var bestSuccessor: MemberID? {
        var best: Progress?
        for position in roster.progress.indices
        where position != roster.ownPosition
            && roster.quorum.voters & (1 << UInt64(position)) != 0
            && roster[position].match > best?.match ?? .zero
        {
            best = roster[position]
        }
        return best?.id
    }
}
