internal import Bytes
internal import Consensus
internal import Journal
internal import Keyspace
internal import Replica

/// A world in which the production members run: disks, network, clocks and clients, all decided by
/// one seed and one thread.
final class SimulatedCluster {
    enum Event: Sendable {
        case turn(member: Int, life: Int)
        case input(member: Int, life: Int, Input)
        /// The first of a lane's work is done.
        case disk(member: Int, life: Int, DiskBatch.Lane)
        case parcel(connection: Int, side: Int)
        case dial(member: Int, life: Int, PeerAddress)
        case client(Int)
        case locker(Int)
        /// Whoever waits for the ticket has lost patience.
        case patience(member: Int, life: Int, Ticket)
        case start(Int)
        case resume(Int)
        case fault
        case heal
        case calm
    }

    let options: SimulationOptions
    var chance: SplitMix64
    var now = MonotonicTime(rawValue: 1_000_000_000)
    var events = EventQueue<Event>()
    var members: [SimulatedMember] = []
    var network: SimulatedNetwork
    var clients: [SimulatedClient] = []
    var lockers: [SimulatedLocker] = []
    var history = History()
    var holds = Holds()
    var trace = Trace()
    var report: SimulationReport
    /// Who led each term, by term.
    var leaders: [Int?] = []
    /// No more faults happen.
    var isCalm = false

    /// A run of that seed, not begun yet.
    init(seed: UInt64, options: SimulationOptions) {
        self.options = options
        chance = SplitMix64(seed: seed)
        network = SimulatedNetwork(memberCount: options.memberCount)
        report = SimulationReport(seed: seed)
        let honesty: SimulatedDisk.Honesty =
            options.plantedFault == .disksForgetSyncs ? .forgetsLogSyncs : .honest
        for number in 0..<options.memberCount {
            members.append(
                SimulatedMember(
                    number: number,
                    disk: SimulatedDisk(honesty: honesty),
                    clock: SimulatedClock(&chance)
                )
            )
        }
        for number in 0..<options.clientCount { clients.append(SimulatedClient(number: number)) }
        for number in 0..<options.lockerCount { lockers.append(SimulatedLocker(number: number)) }
    }

    /// Runs a seed to its end.
    static func run(seed: UInt64, options: SimulationOptions) -> SimulationReport {
        let cluster = SimulatedCluster(seed: seed, options: options)
        cluster.run()
        return cluster.report
    }

    private func run() {
        for member in members.indices { schedule(.start(member), after: random(...20_000)) }
        for client in clients.indices { schedule(.client(client), after: random(...100_000)) }
        for locker in lockers.indices { schedule(.locker(locker), after: random(...100_000)) }
        if options.faultMilliseconds > 0 { scheduleFault() }
        schedule(.calm, after: options.milliseconds * 1000)
        let end = now.advanced(byMilliseconds: options.milliseconds + options.calmMilliseconds)
        while let (time, event) = events.next(), time <= end {
            now = max(now, time)
            handle(event)
        }
        finish()
    }

    private func handle(_ event: Event) {
        switch event {
        case .turn(let member, let life): turn(members[member], life)
        case .input(let member, let life, let input): deliver(input, to: members[member], life)
        case .disk(let member, let life, let lane): diskDone(members[member], life, lane)
        case .parcel(let connection, let side): arrive(connection, side)
        case .dial(let member, let life, let address): dial(members[member], life, address)
        case .client(let client): act(client)
        case .locker(let locker): actLocker(locker)
        case .patience(let member, let life, let ticket):
            giveUp(ticket, at: members[member], life)
        case .start(let member): start(members[member])
        case .resume(let member): resume(members[member])
        case .fault: injectFault()
        case .heal: network.heal()
        case .calm: calm()
        }
    }

    func schedule(_ event: Event, after microseconds: UInt64) {
        events.schedule(event, at: now.advanced(byNanoseconds: microseconds * 1000))
    }

    func random(_ range: PartialRangeThrough<UInt64>) -> UInt64 {
        UInt64.random(in: 0...range.upperBound, using: &chance)
    }

    func random(_ range: ClosedRange<UInt64>) -> UInt64 {
        UInt64.random(in: range, using: &chance)
    }

    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &chance) }

    /// Everything heals; from here on every request has to be served. What was acknowledged also
    /// survives a last power loss of the whole world.
    private func calm() {
        if options.faultMilliseconds > 0, options.plantedFault != .none || pick(2) == 0 {
            everyoneLosesPower()
        }
        isCalm = true
        network.heal()
        for member in members {
            switch member.state {
            case .running: break
            case .paused: resume(member)
            case .down: start(member)
            }
        }
    }

    /// A promise was broken.
    func found(_ violation: Violation) {
        guard report.violations.count < Self.violationCountMax,
            !report.violations.contains(violation)
        else { return }
        report.violations.append(violation)
    }

    /// What follows from the first few says no more.
    private static let violationCountMax = 16

    private func finish() {
        checkAtEnd()
        report.traceHash = trace.value
        report.eventCount = trace.eventCount
        report.leaderCount = leaders.count { $0 != nil }
    }
}

/// The one way in for other rooms.
package enum Simulator {
    /// Runs one seed to its end; the same seed and options give the same report.
    package static func run(
        seed: UInt64,
        options: SimulationOptions = SimulationOptions()
    ) -> SimulationReport {
        SimulatedCluster.run(seed: seed, options: options)
    }
}
