internal import Bytes

/// The members in force at fixed positions, in order of id, with what is known about each.
struct ProgressTracker: Sendable {
    let ownID: MemberID
    private(set) var progress: [Progress]
    private(set) var quorum: Quorum
    /// Of our last leadership, which `Progress.acknowledged` is of; zero before the first.
    private(set) var ledTerm = Term.zero
    /// Nil for a member that was removed or not added yet.
    private(set) var ownPosition: Int?

    init(_ membership: Membership, ownID: MemberID) {
        self.ownID = ownID
        progress = []
        quorum = Quorum(voters: 0, outgoing: 0)
        adopt(membership, next: .zero.next, now: MonotonicTime(rawValue: 0))
    }

    /// The position of a member, nil for a stranger.
    func position(of id: MemberID) -> Int? { progress.firstIndex { $0.id == id } }

    /// The bit of a member in a mask of positions; 0 for a stranger.
    func bit(of id: MemberID) -> UInt64 { position(of: id).map { 1 << UInt64($0) } ?? 0 }

    var ownBit: UInt64 { ownPosition.map { 1 << UInt64($0) } ?? 0 }

    /// Whether this member votes.
    var isVoter: Bool { quorum.everyVoter & ownBit != 0 }

    /// Whether this member alone decides.
    var isAlone: Bool { ownBit != 0 && quorum.everyVoter == ownBit }

    /// The place of `id` among the voters other than `absent`, by id from 0.
    func rank(of id: MemberID, without absent: MemberID) -> Int {
        var rank = 0
        for position in progress.indices where quorum.everyVoter & (1 << UInt64(position)) != 0 {
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
            voters: mask(of: membership.voters),
            outgoing: mask(of: membership.outgoingVoters)
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

    private func mask(of ids: [MemberID]) -> UInt64 {
        ids.reduce(0) { $0 | bit(of: $1) }
    }
}
