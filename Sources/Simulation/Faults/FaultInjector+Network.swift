internal import Bytes

extension FaultInjector {
    func strikeNetwork(_ fault: Fault, at member: SimulatedMember) {
        let peer = members.random()
        guard peer.number != member.number else { return }
        world.strikes(fault, member: member)
        let microseconds = world.random(
            50_000...([500_000, 5_000_000, 20_000_000].pick(&world.chance))
        )
        switch fault {
        case .partition:
            guard world.pick(2) == 0 else {
                let part = partWith(member)
                network.cut(ways(across: part, direction: .both), for: microseconds)
                if world.pick(2) == 0 { network.resetConnections(into: part) }
                return
            }
            world.beginRush(microseconds: 2_000_000)
            world.schedule(.isolation, after: world.random(200_000...1_000_000))
        case .oneWayPartition:
            let direction: NetworkWays.Direction = world.pick(2) == 0 ? .outwards : .inwards
            network.cut(ways(across: partWith(member), direction: direction), for: microseconds)
        case .partialPartition:
            network.cut(.between(member.number, and: peer.number), for: microseconds)
        case .flappingPartition:
            let ways: NetworkWays =
                world.pick(2) == 0
                ? .between(member.number, and: peer.number)
                : ways(across: partWith(member), direction: .both)
            flap(ways, timesLeft: 2 + world.pick(20))
        default:
            let ways = ways(across: partWith(member), direction: .outwards)
            network.slowDown(ways, for: microseconds)
        }
    }

    /// The leader is cut off at the worst time, for a while that clients sit out: everybody has
    /// asked it for something, its disk may stand still, and the others know at once and it does
    /// not. What it has taken on comes to something or to nothing, and nobody may be told wrong.
    func isolateLeader() {
        guard !world.isCalm, !world.isTruce, let leader = members.leader else { return }
        world.strikes(.partition, member: leader)
        let part: UInt8 = 1 << UInt8(leader.number)
        if world.pick(2) == 0 {
            world.strikes(.stalledDisk, member: leader)
            leader.health.stallMicroseconds = world.random(100_000...2_000_000)
        }
        network.cut(ways(across: part, direction: .both), for: world.random(50_000...1_200_000))
        if world.pick(3) > 0 { network.resetConnections(into: part) }
        // With one more member gone nobody else may lead, and patience ends before anybody does.
        let other = members.random()
        if world.pick(3) == 0, other.number != leader.number {
            processes.crash(other, fault: .crash)
        }
    }

    /// The member and perhaps some others, a minority of all: bits by member.
    private func partWith(_ member: SimulatedMember) -> UInt8 {
        var part: UInt8 = 1 << UInt8(member.number)
        for _ in 1..<max(2, (members.present.count + 1) / 2) where world.pick(3) == 0 {
            part |= 1 << UInt8(members.random().number)
        }
        return part
    }

    private func ways(across part: UInt8, direction: NetworkWays.Direction) -> NetworkWays {
        .across(part, direction: direction, memberCount: members.all.count)
    }

    /// Cuts the ways for a moment, then again.
    func flap(_ ways: NetworkWays, timesLeft: Int) {
        guard !world.isCalm, timesLeft > 0 else { return }
        guard !world.isTruce else {
            return world.schedule(
                .flap(ways, timesLeft: timesLeft),
                after: World.truceLookMicroseconds
            )
        }
        let microseconds = world.random(20_000...500_000)
        network.cut(ways, for: microseconds)
        let pause = world.random(20_000...700_000)
        world.schedule(.flap(ways, timesLeft: timesLeft - 1), after: microseconds + pause)
    }
}
