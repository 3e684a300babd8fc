internal import Bytes

extension SimulatedCluster {
    func strikeNetwork(_ fault: Fault, member: SimulatedMember) {
        let peer = randomMember()
        guard peer.number != member.number else { return }
        strikes(fault, member: member.number)
        let microseconds = random(50_000...([500_000, 5_000_000, 20_000_000].pick(&chance)))
        switch fault {
        case .partition:
            guard pick(2) == 0 else {
                let part = partWith(member)
                cut(ways(across: part, direction: .both), for: microseconds)
                if pick(2) == 0 { resetConnections(into: part) }
                return
            }
            rushEnd = after(2_000_000)
            schedule(.isolation, after: random(200_000...1_000_000))
        case .oneWayPartition:
            let direction: Direction = pick(2) == 0 ? .outwards : .inwards
            cut(ways(across: partWith(member), direction: direction), for: microseconds)
        case .partialPartition: cut(.between(member.number, and: peer.number), for: microseconds)
        case .flappingPartition:
            let ways: SimulatedNetwork.Ways =
                pick(2) == 0
                ? .between(member.number, and: peer.number)
                : ways(across: partWith(member), direction: .both)
            flap(ways, timesLeft: 2 + pick(20))
        default:
            let ways = ways(across: partWith(member), direction: .outwards)
            network.slowDown(ways)
            schedule(.hurry(ways), after: microseconds)
        }
    }

    /// The leader is cut off at the worst time, for a while that clients sit out: everybody has
    /// asked it for something, its disk may stand still, and the others know at once and it does
    /// not. What it has taken on comes to something or to nothing, and nobody may be told wrong.
    func isolateLeader() {
        guard !isCalm, !isTruce, let leader else { return }
        strikes(.partition, member: leader.number)
        let part: UInt8 = 1 << UInt8(leader.number)
        if pick(2) == 0 {
            strikes(.stalledDisk, member: leader.number)
            leader.health.stallMicroseconds = random(100_000...2_000_000)
        }
        cut(ways(across: part, direction: .both), for: random(50_000...1_200_000))
        if pick(3) > 0 { resetConnections(into: part) }
        // With one more member gone nobody else may lead, and patience ends before anybody does.
        let other = randomMember()
        if pick(3) == 0, other.number != leader.number { crash(other, fault: .crash) }
    }

    /// Everybody else hears that the connections to the part are over; the part hears nothing.
    private func resetConnections(into part: UInt8) {
        for member in members where part & 1 << UInt8(member.number) == 0 {
            for (_, connection, side) in member.links
            where part & 1 << UInt8(connection[side.other].member) != 0 {
                reset(connection, at: side)
            }
        }
    }

    private enum Direction { case both, outwards, inwards }

    /// The member and perhaps some others, a minority of all: bits by member.
    private func partWith(_ member: SimulatedMember) -> UInt8 {
        var part: UInt8 = 1 << UInt8(member.number)
        for _ in 1..<max(2, (tenants.count + 1) / 2) where pick(3) == 0 {
            part |= 1 << UInt8(tenants.pick(&chance))
        }
        return part
    }

    /// The ways between the part and everybody else.
    private func ways(across part: UInt8, direction: Direction) -> SimulatedNetwork.Ways {
        var ways: SimulatedNetwork.Ways = []
        for from in members.indices {
            for to in members.indices {
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

    func cut(_ ways: SimulatedNetwork.Ways, for microseconds: UInt64) {
        schedule(.heal(network.cut(ways)), after: microseconds)
    }

    func heal(_ partition: Int) {
        network.heal(partition)
        unrestAt = now
        tell(nil, "a partition heals")
        releaseHeld()
    }

    /// Cuts the ways for a moment, then again.
    func flap(_ ways: SimulatedNetwork.Ways, timesLeft: Int) {
        guard !isCalm, timesLeft > 0 else { return }
        guard !isTruce else {
            return schedule(.flap(ways, timesLeft: timesLeft), after: Self.truceLookMicroseconds)
        }
        let microseconds = random(20_000...500_000)
        cut(ways, for: microseconds)
        let pause = random(20_000...700_000)
        schedule(.flap(ways, timesLeft: timesLeft - 1), after: microseconds + pause)
    }
}
