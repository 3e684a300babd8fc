internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Replica

/// A world in which the production members run: disks, network, clocks and clients, all decided by
/// one seed and one thread.
final class SimulatedCluster {
    enum Event {
        case input(member: Int, life: Int, Input)
        case parcel(SimulatedConnection, SimulatedConnection.Side, SimulatedConnection.Frame)
        /// A frame that left its place among the others.
        case stray(SimulatedConnection, [UInt8])
        case dial(member: Int, life: Int, PeerAddress)
        case client(Int)
        /// Whoever waits for the ticket has lost patience.
        case patience(member: Int, life: Int, Ticket)
        case start(Int)
        case absence(Int, until: MonotonicTime)
        case resume(Int)
        case incident
        case operatorAction
        /// What the operator has begun goes on.
        case pursuit
        case eviction(Int)
        case isolation
        case heal(Int)
        case flap(SimulatedNetwork.Ways, timesLeft: Int)
        case hurry(SimulatedNetwork.Ways)
        case recoverDisk(Int)
        case calm
        /// A member is to be set back to the copy that was made in this boot of it.
        case setBack(Int, boot: UInt64)
        /// A copy that was started beside its original has to have ended.
        case copyDue(Int, life: Int)
        /// Has everybody recovered?
        case roundOfCalm
    }

    static let beginning = MonotonicTime(rawValue: 1_000_000_000)

    /// As drawn, where the seed decides.
    let options: SimulationOptions
    let weather: FaultPlan
    let narrate: ((NarratedLine) -> Void)?
    var chance: SplitMix64
    var now = SimulatedCluster.beginning
    var events = EventQueue<Event>()
    var agenda: Agenda
    /// By number; a machine that is gone makes room for another.
    var members: [SimulatedMember] = []
    /// The members whose machines are there, by number.
    var tenants: [Int] = []
    var operators = Operator()
    var network = SimulatedNetwork()
    var laws = SafetyProperties()
    var workload: Workload
    var trace = Trace()
    var report: SimulationReport
    /// Until then clients hardly think.
    var rushEnd = SimulatedCluster.beginning
    /// Until then no fault strikes: what comes next could not be told from what nobody can know.
    var truceEnd = SimulatedCluster.beginning
    /// When the network or a process last came back.
    var unrestAt = SimulatedCluster.beginning
    /// No more faults happen.
    var isCalm = false
    /// The run goes on until then, also when all have recovered.
    var calmLastsUntil = SimulatedCluster.beginning
    /// All have recovered since then.
    var isOver = false

    /// A run of that seed, not begun yet.
    init(seed: UInt64, options: SimulationOptions, narrate: ((NarratedLine) -> Void)?) {
        var chance = SplitMix64(seed: seed)
        switch options.variety {
        case .swarm:
            weather = FaultPlan(&chance)
            self.options = options.drawn(&chance)
        case .quiet:
            weather = FaultPlan()
            self.options = options
        }
        workload = Workload(
            options.mix ?? Mix(drawnBy: &chance),
            clocks: weather.clocks,
            with: &chance
        )
        self.chance = chance
        self.narrate = narrate
        report = SimulationReport(seed: seed)
        report.memberCount = self.options.memberCount
        agenda = Agenda(memberCount: self.options.memberCount)
        for number in 0..<self.options.memberCount {
            members.append(
                SimulatedMember(
                    number: number,
                    disk: SimulatedDisk(honesty: options.plantedFault.diskHonesty),
                    clock: SimulatedClock(weather.clocks, with: &self.chance),
                    arrival: .founding
                )
            )
            tenants.append(number)
        }
    }

    /// Runs a seed to its end.
    func run() {
        for member in members.indices { schedule(.start(member), after: random(0...20_000)) }
        for client in workload.clients.indices {
            schedule(.client(client), after: random(0...100_000))
        }
        scheduleIncident()
        scheduleOperatorAction()
        schedule(.calm, after: options.milliseconds * 1000)
        let milliseconds = options.milliseconds + calmMilliseconds
        let end = now.advanced(byMilliseconds: milliseconds)
        while !isOver, step(before: end) {}
        if !isOver { now = end }
        report.milliseconds = now.nanoseconds(since: Self.beginning) / 1_000_000
        finish()
    }

    /// Does what is due next; false when that is nothing.
    private func step(before end: MonotonicTime) -> Bool {
        let time = events.nextTime
        if let duty = agenda.first, duty.time <= time {
            guard duty.time <= end else { return false }
            now = max(now, duty.time)
            carryOut(duty.duty, of: members[duty.member])
            return true
        }
        guard time <= end, let (time, event) = events.next() else { return false }
        now = max(now, time)
        handle(event)
        return true
    }

    private func carryOut(_ duty: Agenda.Duty, of member: SimulatedMember) {
        agenda.clear(duty, of: member.number)
        switch duty {
        case .turn: turn(member)
        case .log: logDone(member)
        case .background: backgroundDone(member)
        }
    }

    private func handle(_ event: Event) {
        switch event {
        case .input(let member, let life, let input):
            deliver(input, to: members[member], life: life)
        case .parcel(let connection, let side, let parcel):
            arrive(parcel, on: connection, at: side)
        case .stray(let connection, let bytes): arriveAstray(bytes, on: connection)
        case .dial(let member, let life, let address):
            dial(members[member], life: life, address: address)
        case .client(let client): act(client)
        case .patience(let member, let life, let ticket):
            giveUp(ticket, at: members[member], life: life)
        case .start(let member): start(members[member])
        case .absence(let member, let deadline):
            stayAway(members[member], until: deadline)
        case .resume(let member): resume(members[member])
        case .incident: strikeNext()
        case .operatorAction: runOperatorAction()
        case .pursuit: pursueOrders()
        case .eviction(let member): evict(members[member])
        case .isolation: isolateLeader()
        case .heal(let partition): heal(partition)
        case .flap(let ways, let timesLeft): flap(ways, timesLeft: timesLeft)
        case .hurry(let ways):
            network.hurry(ways)
            unrestAt = now
        case .setBack(let member, let boot): setBack(members[member], to: boot)
        case .copyDue(let member, let life): expectEnd(of: members[member], life: life)
        case .recoverDisk(let member): recoverDisk(of: members[member])
        case .calm: calm()
        case .roundOfCalm: lookAround()
        }
    }

    func after(_ microseconds: UInt64) -> MonotonicTime {
        now.advanced(byNanoseconds: microseconds * 1000)
    }

    func schedule(_ event: Event, after microseconds: UInt64) {
        events.schedule(event, at: after(microseconds))
    }

    func random(_ range: PartialRangeThrough<UInt64>) -> UInt64 {
        UInt64.random(in: 0...range.upperBound, using: &chance)
    }

    func random(_ range: ClosedRange<UInt64>) -> UInt64 {
        UInt64.random(in: range, using: &chance)
    }

    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &chance) }

    /// A promise was broken.
    func found(_ violation: Violation) {
        guard report.violations.count < Self.violationCountMax,
            !report.violations.contains(violation)
        else { return }
        tell(nil, "VIOLATION \(violation)")
        report.violations.append(violation)
    }

    /// What follows from the first few says no more.
    private static let violationCountMax = 16

    private func finish() {
        for violation in unrecovered { found(violation) }
        checkAtEnd()
        report.traceHash = trace.value
        report.eventCount = trace.eventCount
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
        cluster.run()
        return cluster.report
    }
}

extension SimulationOptions {
    /// The counts and sizes of one seed.
    func drawn(_ chance: inout SplitMix64) -> SimulationOptions {
        var drawn = self
        drawn.memberCount = [3, 3, 3, 3, 3, 3, 3, 5, 5, 7].pick(&chance)
        drawn.snapshotLogByteCountMin = [16 << 10, 64 << 10, 256 << 10, 1 << 20].pick(&chance)
        drawn.faultMilliseconds = [1_500, 4_000, 8_000].pick(&chance)
        return drawn
    }
}

extension SimulationOptions.PlantedFault {
    fileprivate var diskHonesty: SimulatedDisk.Honesty {
        switch self {
        case .disksForgetSyncs: .forgetsLogSyncs
        case .disksForgetVotes: .forgetsVoteSyncs
        case .none, .completionsComeEarly, .networkFlipsBits: .honest
        }
    }
}
