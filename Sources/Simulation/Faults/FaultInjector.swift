internal import Bytes
internal import Replica

/// Makes the faults of a seed's plan happen, one incident after another until the calm.
struct FaultInjector {
    let world: World
    let members: Members
    let network: SimulatedNetwork
    let processes: Processes
    let observer: SafetyObserver
    private let copies: DirectoryCopies

    init(
        among members: Members,
        on network: SimulatedNetwork,
        running processes: Processes,
        seenBy observer: SafetyObserver,
        in world: World
    ) {
        self.world = world
        self.members = members
        self.network = network
        self.processes = processes
        self.observer = observer
        copies = DirectoryCopies(
            of: members,
            on: network,
            running: processes,
            seenBy: observer,
            in: world
        )
    }

    /// The member is to be set back to the copy that was made in that boot.
    func setBack(_ member: SimulatedMember, to boot: UInt64) { copies.setBack(member, to: boot) }

    /// A copy that was started beside its original has to have ended.
    func expectEnd(of copy: SimulatedMember, life: Int) { copies.expectEnd(of: copy, life: life) }

    func scheduleIncident() {
        guard world.options.variety == .swarm || world.options.plantedFault != .none else { return }
        world.schedule(.incident, after: world.random(0...2_000 * world.options.faultMilliseconds))
    }

    func strikeNext() {
        guard !world.isCalm else { return }
        scheduleIncident()
        guard !world.isTruce else { return }
        let member = members.random()
        guard world.options.plantedFault == .none || world.pick(2) == 0 else {
            return processes.everyoneLosesPower()
        }
        guard let fault = world.plan.drawIncident(&world.chance) else { return }
        switch fault {
        case .crash: processes.crash(member, fault: .crash)
        case .leaderCrash:
            if let leader = members.leader { processes.crash(leader, fault: .leaderCrash) }
        case .crashWithinTurn: endLater(member, by: .withinTurn)
        case .powerLoss: processes.losePower(member, fault: .powerLoss)
        case .worldPowerLoss: processes.everyoneLosesPower()
        case .pause: pause(member)
        case .orderlyStop: stop(world.pick(2) == 0 ? members.leader ?? member : member)
        case .partition, .oneWayPartition, .partialPartition, .flappingPartition, .delay:
            strikeNetwork(fault, at: world.pick(3) == 0 ? members.leader ?? member : member)
        case .ioError: endLater(member, by: .ioError)
        case .diskFull, .slowDisk, .slowDisks, .stalledDisk: strikeDisk(fault, of: member)
        case .bitFlip, .zeroedSectors, .misdirectedWrite: rot(member, fault: fault)
        case .wipedDirectory: wipe(member)
        case .outdatedCopy: goBack(member)
        case .setBack: copies.setBack(member)
        case .copyBeside: copies.startCopy(of: member)
        case .brokenConnection, .lostFrame, .duplicatedFrame, .lateFrame, .replayedFrame: break
        }
    }

    // MARK: Processes

    /// Something happens to the process at the next occasion.
    private func endLater(_ member: SimulatedMember, by pendingEnd: SimulatedMember.PendingEnd) {
        guard member.state == .running else { return }
        member.pendingEnd = pendingEnd
    }

    /// From a millisecond to a minute, each order of magnitude as likely as the others.
    private func pause(_ member: SimulatedMember) {
        guard member.state == .running else { return }
        world.strikes(.pause, member: member)
        member.state = .paused
        world.clearTurn(of: member.number)
        let longest: [UInt64] = [10_000, 100_000, 1_000_000, 10_000_000, 60_000_000]
        world.schedule(
            .resume(member.number),
            after: world.random(1_000...longest.pick(&world.chance))
        )
    }

    /// The operator stops the member, which may hand over what it leads.
    private func stop(_ member: SimulatedMember) {
        guard member.state == .running, !member.isLeaving else { return }
        world.strikes(.orderlyStop, member: member)
        member.isLeaving = true
        members.deliver(.stop, to: member)
    }
}
