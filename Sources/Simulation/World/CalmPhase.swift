internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// The last part of a run: all faults have ended, everything heals, and everybody has to be served
/// again.
final class CalmPhase {
    /// Long enough to see leases end that nobody keeps alive any more.
    private static let leaseMilliseconds: UInt64 = 11_000

    private let world: World
    private let members: Members
    private let network: SimulatedNetwork
    private let processes: Processes
    private let clients: Clients
    /// The run goes on until then, also when all have recovered.
    private var lastsUntil = World.beginning
    /// Disks stay slow until somebody leads on them and goes on to; nil when they are not slow.
    private var steadiness: SteadyLeadership?
    /// When that has taken too long.
    private var slowUntil = World.beginning
    /// All have recovered.
    private(set) var isOver = false

    init(
        of members: Members,
        on network: SimulatedNetwork,
        running processes: Processes,
        for clients: Clients,
        in world: World
    ) {
        self.world = world
        self.members = members
        self.network = network
        self.processes = processes
        self.clients = clients
    }

    /// How long everything may take once all faults have ended: 20 of the longest election
    /// timeouts, after those for which disks may stay slow.
    var millisecondsMax: UInt64 {
        max(world.options.calmMilliseconds, 20 * 2 * world.plan.electionMilliseconds)
            + slowMillisecondsMax
    }

    /// How long it may take until a leader is found on slow disks and has led for a while: 20 of
    /// the longest timeouts, which grow by what a disk takes, and as long as that leader has to lead.
    private var slowMillisecondsMax: UInt64 {
        guard world.plan.calmDisks == .slow else { return 0 }
        let longest = DiskHealth.dragTimeouts.upperBound
        let leading = 4 * UInt64(SteadyLeadership.spanCount) * longest
        return (20 * (2 + 2 * longest) + leading) * world.plan.electionMilliseconds
    }

    /// Everything heals; from here on every request has to be served. What was acknowledged also
    /// survives a last power loss of the whole world.
    func begin() {
        guard !world.isTruce else {
            return world.schedule(.calm, after: World.truceLookMicroseconds)
        }
        if world.options.plantedFault != .none
            || world.options.variety == .swarm && world.pick(2) == 0
        {
            processes.everyoneLosesPower()
        }
        world.beginCalm(isSlow: slowMillisecondsMax > 0)
        world.tell("all faults end")
        network.healAll()
        for member in members.all where member.standing != .vacant { heal(member) }
        network.releaseHeld()
        if slowMillisecondsMax > 0 {
            let longest = DiskHealth.dragTimeouts.upperBound * world.plan.electionMilliseconds
            steadiness = SteadyLeadership(writeMilliseconds: longest)
            slowUntil = world.now.advanced(byMilliseconds: slowMillisecondsMax)
        }
        if world.pick(4) == 0 {
            lastsUntil = world.now.advanced(byMilliseconds: Self.leaseMilliseconds)
        }
        lookAround()
    }

    private func heal(_ member: SimulatedMember) {
        members.recoverDisk(of: member)
        member.health.log = world.plan.calmDisks
        member.pendingEnd = .none
        if !member.directory.isOwn {
            processes.end(member)
            processes.restoreDirectory(of: member)
        }
        if member.release != .present {
            if member.state != .down { processes.end(member) }
            member.release = .present
        }
        switch member.state {
        case .running: break
        case .paused: processes.resume(member)
        case .down: processes.start(member)
        }
    }

    /// The run ends when everybody has recovered, or when it has taken too long.
    func lookAround() {
        lookAtSlowDisks()
        let isRecovered =
            steadiness == nil && world.now >= lastsUntil && unrecovered.isEmpty
            && clients.isEverybodyServed
        if isRecovered { isOver = true } else { world.schedule(.roundOfCalm, after: 250_000) }
    }

    private func lookAtSlowDisks() {
        steadiness?.look(at: members.all, now: world.now)
        guard let steadiness, steadiness.isShown || world.now >= slowUntil else { return }
        if !steadiness.isShown { world.found(.noSteadyLeader) }
        self.steadiness = nil
        world.endSlowness()
        for member in members.all { members.recoverDisk(of: member) }
    }

    /// What is still wrong with the cluster: somebody has to lead, and everybody to be ready.
    var unrecovered: [Violation] {
        var violations: [Violation] = []
        let isLed = members.all.contains { $0.replica?.consensus?.role == .leader }
        if !isLed { violations.append(.noLeader) }
        for order in members.membership.orders {
            violations.append(.changeUnfinished(member: order.member))
        }
        let belonging = members.present.filter { members.membership.belongs($0.id) }
        for member in belonging {
            let stranger = belonging.first { peer in
                peer !== member
                    && !(peer.id.map { member.replica?.isLinked(to: $0) ?? false } ?? false)
            }
            if let stranger {
                violations.append(.notReached(member: stranger.number, by: member.number))
            }
        }
        for member in members.all where members.membership.belongs(member.id) {
            guard let unreadiness = member.replica?.unreadiness else {
                violations.append(.notReady(member: member.number, why: "down"))
                continue
            }
            if member.replica?.featureLevel != FeatureLevel.newest {
                violations.append(.levelNotRaised(member: member.number))
            }
            guard !unreadiness.isEmpty else { continue }
            let why = "reasons \(String(unreadiness.rawValue, radix: 2))"
            violations.append(.notReady(member: member.number, why: why))
        }
        return violations
    }
}
