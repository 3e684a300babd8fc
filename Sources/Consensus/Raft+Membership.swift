internal import Bytes

extension Raft {
    /// Why a membership may not be proposed now, or nil.
    func refusal(ofMembership payload: [UInt8]) -> MembershipRefusal? {
        guard let leadership else { return nil }
        guard let next = try? Membership(decoding: payload) else { return .undecodable }
        let inForce = memberships.inForce
        guard inForce.index <= commitIndex else { return .uncommitted(inForce.index) }
        let isSettled = commitIndex >= leadership.firstIndex
        if planted(.changeBeforeOwnCommit) {
            return inForce.membership.fault(of: next).map { .impossible($0) }
        }
        guard isSettled else { return .noEntryOfOwnTerm }
        return inForce.membership.fault(of: next).map { .impossible($0) }
    }

    /// A membership is in force from the moment its entry is in the log (4.1).
    mutating func adoptMembership(of entry: Entry) {
        // Checked when the message came in, or made by this member.
        guard let membership = try? Membership(decoding: entry.payload) else {
            return invariant(false, "the membership at \(entry.id) can't be decoded")
        }
        memberships.append(MembershipRecord(index: entry.id.index, membership: membership))
        adoptMembershipInForce()
    }

    /// Counts by the latest membership of the log from now on.
    mutating func adoptMembershipInForce() {
        let membership = memberships.inForce.membership
        tracker.adopt(membership, next: log.last.index.next, now: now)
        outbox.ready.membership = membership
        // Votes were counted by position.
        endCampaign()
        if let target = leadership?.transfer?.target, !membership.isVoter(target) {
            roleState.updateLeader { $0.transfer = nil }
        }
    }

    /// A committed joint membership is left at once (4.3); a leader that a committed membership
    /// does not let vote makes room (4.2.2).
    mutating func settleMembership() {
        let inForce = memberships.inForce
        guard let leading = leadership, inForce.index <= commitIndex,
            commitIndex >= leading.firstIndex
        else { return }
        if inForce.membership.isJoint {
            let payload = inForce.membership.leavingJoint.encoded
            appendAsLeader([Proposal(kind: .membership, payload: payload)])
        } else if !tracker.isVoter {
            makeRoom(for: tracker.quorum.voters)
        }
    }
}
