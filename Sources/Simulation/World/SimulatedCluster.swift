internal import Bytes

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

    /// A run of that seed, not begun yet.
    init(seed: UInt64, options: SimulationOptions, narrate: ((NarratedLine) -> Void)?) {
        world = World(seed: seed, options: options, narrate: narrate)
        // What a seed draws first is drawn first here: its clients, then its machines.
        let plan = ClientPlan(in: world)
        members = Members(of: world)
        network = SimulatedNetwork(between: members, in: world)
        clients = Clients(in: plan, of: members, in: world)
        let observer = SafetyObserver(of: members, for: clients, in: world)
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
        world.finish(workload: clients.check())
        return world.report
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
        case .isolation: faults.isolateLeader()
        case .heal(let partition): network.heal(partition)
        case .flap(let ways, let timesLeft): faults.flap(ways, timesLeft: timesLeft)
        case .hurry(let ways): network.hurry(ways)
        case .setBack(let member, let boot): faults.setBack(members[member], to: boot)
        case .copyDue(let member, let life): faults.expectEnd(of: members[member], life: life)
        case .recoverDisk(let member): members.recoverDisk(of: members[member])
        case .calm: calm.begin()
        case .roundOfCalm: calm.lookAround()
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
        SimulatedCluster(seed: seed, options: options, narrate: narrate).run()
    }
}
