package import Bytes

extension Raft {
    /// Hands leadership to another voter (3.10): proposals are refused until it has everything and
    /// was told to campaign, and again once an election timeout, longer by what its disk takes, has
    /// passed without success.
    mutating func transferLeadership(to target: MemberID) {
        guard target != id, let leadership, membership.isVoter(target),
            leadership.transfer?.target != target
        else { return }
        let deadline = now.advanced(byNanoseconds: patience(with: target))
        roleState.updateLeader { $0.transfer = Transfer(target: target, deadline: deadline) }
    }

    /// The most that a transfer may take, as a number of election timeouts.
    package static let transferTimeoutCountMax = 1 + WritePace.timeoutCountMax

    /// When the transfer under way is given up; nil when there is none.
    package var transferDeadline: MonotonicTime? { leadership?.transfer?.deadline }

    /// How long a target may take, in nanoseconds. Its disk writes twice before it is heard: what
    /// it still lacks, and its vote for itself. One that is silent gets no more time for that.
    private func patience(with target: MemberID) -> UInt64 {
        let timeout = timing.electionTimeoutNanoseconds
        guard let position = tracker.position(of: target),
            now.nanoseconds(since: tracker[position].heardAt) < timeout
        else { return timeout }
        let write = tracker[position].pace.allowance(timeout: timeout, now: now)
        return timeout + min(2 * write, timeout * WritePace.timeoutCountMax)
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

    /// A leader whose disk stands still slows down whoever waits for it: one of those whose disks
    /// do not should lead, if they are enough to elect it without this member's vote. Otherwise it
    /// goes on: an election would wait for as slow a disk, and lead nowhere.
    mutating func diskStalled() {
        guard isLeader else { return }
        let prompt = promptPeers
        if tracker.quorum.isReached(by: prompt) { makeRoom(for: prompt) }
    }

    /// Steps down without waiting for anybody: everybody hears what is committed, and the voter
    /// among `candidates` whose log is longest campaigns.
    mutating func makeRoom(for candidates: MemberSet) {
        for progress in tracker.progress where progress.id != id {
            send(.commit(commitIndex), to: progress.id)
        }
        if let successor = bestSuccessor(among: candidates) { send(.timeoutNow, to: successor) }
        stepDown(to: term)
    }

    private func bestSuccessor(among candidates: MemberSet) -> MemberID? {
        var best: (id: MemberID, match: LogIndex)?
        for position in tracker.quorum.voters.intersection(candidates)
        where position != tracker.ownPosition {
            let match = tracker[position].match
            if match > best?.match ?? .zero { best = (tracker[position].id, match) }
        }
        return best?.id
    }

    /// The other voters that were heard lately, hold what is durable here, and make entries durable
    /// within an election timeout.
    private var promptPeers: MemberSet {
        let timeout = timing.electionTimeoutNanoseconds
        var prompt = MemberSet.empty
        for position in tracker.quorum.everyVoter where position != tracker.ownPosition {
            let peer = tracker[position]
            if peer.flow == .replicate, peer.match >= durability.index,
                now.nanoseconds(since: peer.heardAt) < timeout,
                peer.pace.isBelow(timeout, now: now)
            {
                prompt.insert(position)
            }
        }
        return prompt
    }
}
