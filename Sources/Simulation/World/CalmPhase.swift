internal import Bytes
internal import Consensus
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
    /// Disks stay slow until somebody leads on them, or until then, when that has taken too long.
    private var slowUntil: MonotonicTime?
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

    /// How long the election of a leader may take on slow disks: 20 of the longest timeouts, which
    /// grow by what a disk takes.
    private var slowMillisecondsMax: UInt64 {
        let timeouts = world.plan.calmDragTimeouts
        return timeouts == 0 ? 0 : 20 * (2 + 2 * timeouts) * world.plan.electionMilliseconds
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
            slowUntil = world.now.advanced(byMilliseconds: slowMillisecondsMax)
        }
        if world.pick(4) == 0 {
            lastsUntil = world.now.advanced(byMilliseconds: Self.leaseMilliseconds)
        }
        lookAround()
    }

    private func heal(_ member: SimulatedMember) {
        members.recoverDisk(of: member)
        let timeout = world.plan.electionMilliseconds * 1_000
        member.health.dragMicroseconds = world.plan.calmDragTimeouts * timeout * 5 / 4
        member.pendingEnd = .none
        if !member.directory.isOwn {
            processes.end(member)
            processes.restoreDirectory(of: member)
        }
        switch member.state {
        case .running: break
        case .paused: processes.resume(member)
        case .down: processes.start(member)
        }
    }

    /// The run ends when everybody has recovered, or when it has taken too long.
    func lookAround() {
        if let slowUntil {
            let isLed = members.all.contains {
                $0.replica?.consensus?.role == .leader && $0.replica?.unreadiness == []
            }
            if isLed || world.now >= slowUntil {
                if !isLed { world.found(.noLeader) }
                self.slowUntil = nil
                world.endSlowness()
                for member in members.all { members.recoverDisk(of: member) }
            }
        }
        let isRecovered =
            slowUntil == nil && world.now >= lastsUntil && unrecovered.isEmpty
            && clients.isEverybodyServed
        if isRecovered { isOver = true } else { world.schedule(.roundOfCalm, after: 250_000) }
    }

    /// What is still wrong with the cluster: somebody has to lead, and everybody to be ready.
    var unrecovered: [Violation] {
        var violations: [Violation] = []
        let isLed = members.all.contains { $0.replica?.consensus?.role == .leader }
        if !isLed { violations.append(.noLeader) }
        for order in members.membership.orders {
            violations.append(.changeUnfinished(member: order.member))
        }
        for member in members.all where members.membership.belongs(member.id) {
            guard let unreadiness = member.replica?.unreadiness else {
                violations.append(.notReady(member: member.number, why: "down"))
                continue
            }
            guard !unreadiness.isEmpty else { continue }
            let why = "reasons \(String(unreadiness.rawValue, radix: 2))"
            violations.append(.notReady(member: member.number, why: why))
        }
        return violations
    }
}
