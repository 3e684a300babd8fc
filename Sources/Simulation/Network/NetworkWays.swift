/// Ways from one member to another, as bits. There are at most eight members.
struct NetworkWays: OptionSet {
    /// Which side of a part of the members the ways lead from.
    enum Direction { case both, outwards, inwards }

    let rawValue: UInt64

    /// The way of one direction.
    static func from(_ from: Int, to: Int) -> NetworkWays {
        NetworkWays(rawValue: 1 << UInt64(from * 8 + to))
    }

    static func between(_ one: Int, and other: Int) -> NetworkWays {
        [.from(one, to: other), .from(other, to: one)]
    }

    /// The ways between the part, as bits by member, and everybody else.
    static func across(_ part: UInt8, direction: Direction, memberCount: Int) -> NetworkWays {
        var ways: NetworkWays = []
        for from in 0..<memberCount {
            for to in 0..<memberCount {
                let isFrom = part & 1 << UInt8(from) != 0
                let isTo = part & 1 << UInt8(to) != 0
                guard isFrom != isTo else { continue }
                switch direction {
                case .both: break
                case .outwards: guard isFrom else { continue }
                case .inwards: guard isTo else { continue }
                }
                ways.formUnion(.from(from, to: to))
            }
        }
        return ways
    }
}
