internal import Bytes
internal import Keyspace
internal import Replica

/// A world in which the production members run: it joins the parts of a run, and hands each thing
/// that happens to the part that knows what to do with it.
struct SimulatedCluster {
    private let world: World
    private let members: Members
    private let network: SimulatedNetwork
    private let clients: Clients
    private let processes: Processes
    private let faults: FaultInjector
    private let clusterOperator: ClusterOperator
    private let calm: CalmPhase
    private let backups: BackupKeeper
    private let prober: Prober
    /// With what the cluster begins; nil for an empty store.
    private let restored: RestoredState?

    /// A run of that seed, not begun yet.
    init(
        seed: UInt64,
        options: SimulationOptions,
        restored: RestoredState? = nil,
        narrate: ((NarratedLine) -> Void)?
    ) {
        self.restored = restored
        world = World(seed: seed, options: options, narrate: narrate)
        // What a seed draws first is drawn first here: its clients, then its machines.
        let plan = ClientPlan(in: world)
        members = Members(of: world)
        network = SimulatedNetwork(between: members, in: world)
        let revision = restored?.keyspace.store.revision ?? .initial
        clients = Clients(in: plan, of: members, after: revision, in: world)
        let observer = SafetyObserver(of: members, for: clients, in: world)
        observer.restored = restored
        backups = BackupKeeper(of: members, in: world, seed: seed)
        prober = Prober(of: members, in: world)
        processes = Processes(
            of: members,
            on: network,
            for: clients,
            seenBy: observer,
            in: world
        )
        faults = FaultInjector(
            among: members,
            on: network,
            running: processes,
            seenBy: observer,
            in: world
        )
        clusterOperator = ClusterOperator(of: members, running: processes, in: world)
        calm = CalmPhase(
            of: members,
            on: network,
            running: processes,
            for: clients,
            in: world
        )
    }

    /// Runs a seed to its end.
    func run() -> SimulationReport {
        if let restored { begin(with: restored) } else { found() }
        members.scheduleStarts()
        clients.begin()
        faults.scheduleIncident()
        clusterOperator.scheduleAction()
        world.schedule(.calm, after: world.options.milliseconds * 1000)
        let milliseconds = world.options.milliseconds + calm.millisecondsMax
        let end = world.now.advanced(byMilliseconds: milliseconds)
        while !calm.isOver, let occurrence = world.next(before: end) { handle(occurrence) }
        if !calm.isOver { world.arrive(at: end) }
        for violation in calm.unrecovered { world.found(violation) }
        if let restored { judgeEnd(of: restored) }
        world.finish(workload: clients.check())
        return world.report
    }

    /// The cluster that begins where this one is given up; nil where nobody backed it up.
    func successor(
        options: SimulationOptions,
        narrate: ((NarratedLine) -> Void)?
    ) -> SimulatedCluster? {
        guard calm.isOver, let (restored, seed) = backups.restored() else { return nil }
        var options = options
        options.mix = .nobody
        options.milliseconds = min(options.milliseconds, Self.restoredMillisecondsMax)
        return SimulatedCluster(seed: seed, options: options, restored: restored, narrate: narrate)
    }

    /// Longer than most leases live.
    private static let restoredMillisecondsMax: UInt64 = 30_000

    private func found() {
        backups.schedule()
        guard world.plan.releases == .mixed else { return }
        for member in members.all { member.release = .previous }
    }

    /// Every founder has made its directory of the backup, and then lost its power.
    private func begin(with restored: RestoredState) {
        world.count(.restore)
        members.areCallersKnown = restored.keyspace.access.isEnabled
        for member in members.all {
            var maker = restored.member(
                member.number,
                of: members,
                segmentByteCount: world.plan.segmentByteCount
            )
            while let operations = maker.next() { _ = member.disk.carryOut(operations) }
            member.disk.loseUnsynced()
        }
        prober.begin()
    }

    private func judgeEnd(of restored: RestoredState) {
        for member in members.all where members.membership.belongs(member.id) {
            guard let state = member.replica?.keyspace else { continue }
            if let violation = restored.finalViolation(of: state, at: member.number) {
                world.found(violation)
            }
        }
    }

    private func handle(_ occurrence: World.Occurrence) {
        switch occurrence {
        case .duty(.turn, let member): processes.turn(members[member])
        case .duty(.log, let member): processes.logDone(members[member])
        case .duty(.background, let member): processes.backgroundDone(members[member])
        case .event(let event): handle(event)
        }
    }

    private func handle(_ event: SimulatedEvent) {
        switch event {
        case .input(let member, let life, let input):
            members.deliver(input, to: members[member], life: life)
        case .frame(let connection, let side, let frame):
            network.arrive(frame, on: connection, at: side)
        case .stray(let connection, let bytes): network.arriveAstray(bytes, on: connection)
        case .dial(let member, let life, let address):
            network.dial(address, of: members[member], life: life)
        case .client(let client): clients.act(client)
        case .patience(let member, let life, let ticket):
            clients.giveUp(ticket, at: members[member], life: life)
        case .start(let member): processes.start(members[member])
        case .absence(let member, let deadline):
            processes.stayAway(members[member], until: deadline)
        case .resume(let member): processes.resume(members[member])
        case .incident: faults.strikeNext()
        case .operatorAction: clusterOperator.act()
        case .orders: clusterOperator.pursueOrders()
        case .eviction(let member): processes.evict(members[member])
        case .relocation(let member, let address):
            clusterOperator.relocate(members[member], to: address)
        case .isolation: faults.isolateLeader()
        case .heal(let partition): network.heal(partition)
        case .flap(let ways, let timesLeft): faults.flap(ways, timesLeft: timesLeft)
        case .hurry(let ways): network.hurry(ways)
        case .setBack(let member, let boot): faults.setBack(members[member], to: boot)
        case .copyDue(let member, let life): faults.expectEnd(of: members[member], life: life)
        case .recoverDisk(let member): members.recoverDisk(of: members[member])
        case .backup: backups.take()
        case .probe: prober.write()
        case .calm: calm.begin()
        case .roundOfCalm:
            clusterOperator.findAstray()
            calm.lookAround()
        }
    }
}

/// The one way in for other rooms.
package enum Simulator {
    /// Runs one seed to its end; the same seed and options give the same report.
    ///
    /// - Parameter narrate: is told everything that happens, as it happens.
    package static func run(
        seed: UInt64,
        options: SimulationOptions = SimulationOptions(),
        narrate: ((NarratedLine) -> Void)? = nil
    ) -> SimulationReport {
        let cluster = SimulatedCluster(seed: seed, options: options, narrate: narrate)
        var report = cluster.run()
        if let successor = cluster.successor(options: options, narrate: narrate) {
            report.goOn(with: successor.run())
        }
        return report
    }
}
