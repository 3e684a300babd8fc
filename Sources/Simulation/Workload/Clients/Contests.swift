internal import Keyspace

/// The locks and the election that the clients of a run contend for, by number.
enum Contests {
    static let all: [Contest] = [
        Contest(kind: .lock, name: Array("lock-0".utf8)),
        Contest(kind: .lock, name: Array("lock-1".utf8)),
        Contest(kind: .election, name: Array("election-2".utf8)),
    ]

    private static func number(of contest: Contest) -> Int { all.firstIndex(of: contest) ?? -1 }

    static func grant(_ grant: Grant) -> OwnershipHistory.Grant {
        OwnershipHistory.Grant(
            contest: number(of: grant.contest),
            token: grant.token.rawValue,
            mode: grant.mode == .shared ? .shared : .exclusive,
            lease: grant.lease.rawValue
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
