internal import Keyspace
internal import Replica

/// The locks and the election that the clients of a run contend for, by number.
enum Contests {
    static let all: [Contest] = [
        Contest(kind: .lock, name: Array("lock-0".utf8)),
        Contest(kind: .lock, name: Array("lock-1".utf8)),
        Contest(kind: .election, name: Array("election-2".utf8)),
    ]

    private static func number(of contest: Contest) -> Int { all.firstIndex(of: contest) ?? -1 }

    /// How many share the lock of that number at a time, as all who share it ask.
    private static let permitCounts: [UInt32] = [0, 2, 0]

    /// What a request in that mode asks for, of a member that knows it.
    static func terms(
        _ contest: Int,
        mode: LockRequest.Mode,
        priority: Int32,
        at member: SimulatedMember
    ) -> LockTerms {
        guard knowsTerms(member) else { return .none }
        switch (all[contest].kind, mode) {
        case (.election, _):
            return LockTerms(priority: priority, preemption: priority > 0 ? .asks : .waits)
        case (.lock, .shared): return LockTerms(permitCount: permitCounts[contest])
        case (.lock, .exclusive): return .none
        }
    }

    /// Whether the cluster is at the level that knows terms and guards, as the member has it.
    static func knowsTerms(_ member: SimulatedMember) -> Bool {
        member.replica?.keyspace.featureLevel.number ?? 1 >= FeatureLevel.fourth
    }

    static func grant(_ grant: Grant) -> OwnershipHistory.Grant {
        OwnershipHistory.Grant(
            contest: number(of: grant.contest),
            token: grant.token.rawValue,
            mode: grant.mode == .shared ? .shared : .exclusive,
            lease: grant.lease.rawValue,
            permitCount: Int(grant.permitCount)
        )
    }
}

/// A member's process.
struct HostProcess: Sendable {
    let member: Int
    let life: Int

    init(_ member: SimulatedMember) {
        self.member = member.number
        life = member.life
    }

    func isProcess(of member: SimulatedMember) -> Bool {
        member.number == self.member && member.life == life
    }

    /// The process, while it lives.
    func find(in members: Members) -> SimulatedMember? {
        let member = members[member]
        return isProcess(of: member) && member.state != .down ? member : nil
    }
}
