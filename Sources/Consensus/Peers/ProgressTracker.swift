internal import Bytes

/// The members in force at fixed positions, in order of id, with what is known about each.
struct ProgressTracker: Sendable {
    let ownID: MemberID
    private(set) var progress: [Progress]
    private(set) var quorum: Quorum
    /// The term that this member led last, in which `Progress.acknowledged` was said; zero before
    /// the first.
    private(set) var ledTerm = Term.zero
    /// Nil for a member that was removed or not added yet.
    private(set) var ownPosition: Int?

    init(_ membership: Membership, ownID: MemberID) {
        self.ownID = ownID
        progress = []
        quorum = Quorum(voters: .empty, outgoing: .empty)
        adopt(membership, next: .zero.next, now: MonotonicTime(rawValue: 0))
    }

    /// The position of a member, nil for a stranger.
    func position(of id: MemberID) -> Int? { progress.firstIndex { $0.id == id } }

    /// This member alone; empty when it was removed or not added yet.
    var ownSet: MemberSet { ownPosition.map { MemberSet(position: $0) } ?? .empty }

    /// Whether this member votes.
    var isVoter: Bool { ownPosition.map { quorum.everyVoter.contains($0) } ?? false }

    /// Whether this member alone decides.
    var isAlone: Bool { ownPosition != nil && quorum.everyVoter == ownSet }

    /// The place of `id` among the voters other than `absent`, by id from 0.
    func rank(of id: MemberID, without absent: MemberID) -> Int {
        var rank = 0
        for position in quorum.everyVoter {
            if progress[position].id < id, progress[position].id != absent { rank += 1 }
        }
        return rank
    }

    /// Another membership is in force: who stays keeps what is known, who is new starts at `next`.
    mutating func adopt(_ membership: Membership, next: LogIndex, now: MonotonicTime) {
        let known = progress
        progress = membership.members.map { member in
            if let old = known.first(where: { $0.id == member.id }) { return old }
            var fresh = Progress(id: member.id)
            fresh.next = next
            fresh.heardAt = now
            return fresh
        }
        ownPosition = position(of: ownID)
        quorum = Quorum(
            voters: positions(of: membership.voters),
            outgoing: positions(of: membership.outgoingVoters)
        )
    }

    /// A leadership begins.
    mutating func resetProgress(next: LogIndex, term: Term, now: MonotonicTime) {
        ledTerm = term
        for position in progress.indices {
            progress[position].reset(next: next)
            progress[position].acknowledged = .zero
            progress[position].heardAt = now
            progress[position].round = .zero
            progress[position].pace = WritePace()
        }
    }

    /// The own log has other entries from there on than those that were acknowledged.
    mutating func forgetAcknowledged(after index: LogIndex) {
        for position in progress.indices {
            progress[position].acknowledged = min(progress[position].acknowledged, index)
        }
    }

    subscript(position: Int) -> Progress {
        _read { yield progress[position] }
        _modify { yield &progress[position] }
    }

    private func positions(of ids: [MemberID]) -> MemberSet {
        var set = MemberSet.empty
        for id in ids {
            if let position = position(of: id) { set.insert(position) }
        }
        return set
    }
}
