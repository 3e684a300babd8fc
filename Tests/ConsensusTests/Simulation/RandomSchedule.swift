import Bytes
import Consensus

/// What happens to a simulated cluster, drawn from its seed.
extension SimulatedCluster {
    /// Runs `rounds` random events, each up to 3 ms after the one before.
    func run(rounds: Int) {
        for _ in 0..<rounds {
            now = now.advanced(byNanoseconds: .random(in: 0...3_000_000, using: &random))
            tickDue()
            deliverLate()
            for _ in 0..<3 { deliverOne() }
            if chance(50) { writeSome(anyMachine) }
            if chance(15) {
                propose(anyLeader ?? anyMachine, proposals: [command("\(random.next())")])
            }
            if chance(15) { read(anyMachine) }
            if chance(8) { disturb() }
            if !laws.violations.isEmpty { return }
        }
    }

    /// Everything works from now on: the members must agree on something new within ten seconds.
    func settles() -> Bool {
        side = 0
        var proposed: Entry?
        for _ in 0..<10_000 {
            now = now.advanced(byMilliseconds: 1)
            for machine in machines.indices where machines[machine].process == nil {
                start(machine)
            }
            tickDue()
            for machine in machines.indices { completeWrites(machine, count: .max) }
            let messages = network
            network = []
            for message in messages { deliver(message) }
            guard let leader = anyLeader, let process = machines[leader].process else { continue }
            if proposed == nil || process.raft.term != proposed?.id.term {
                propose(leader, proposals: [command("last")])
                proposed = lastEntry(of: process)
                continue
            }
            guard let proposed, proposed.payload == Array("last".utf8) else {
                proposed = nil
                continue
            }
            let members = process.raft.membership.members.map(\.id)
            let agree = members.allSatisfy { id in
                machines[Int(id.rawValue) - 1].process.map { $0.applied >= proposed.id.index }
                    ?? false
            }
            if agree { return true }
        }
        return false
    }

    private func lastEntry(of process: Process) -> Entry? {
        let last = process.raft.last.index
        guard case .cached(let entries) = process.raft.entries(from: last, byteCountMax: 1) else {
            return nil
        }
        return entries.first
    }

    private func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private var anyMachine: Int { Int.random(in: machines.indices, using: &random) }

    private var anyLeader: Int? {
        machines.indices.filter { machines[$0].process?.raft.role == .leader }
            .randomElement(using: &random)
    }

    /// The moment right after a vote is the worst one for a crash.
    private func writeSome(_ machine: Int) {
        let before = machines[machine].disk.hardState
        completeWrites(machine, count: .random(in: 1...3, using: &random))
        let after = machines[machine].disk.hardState
        guard after != before, let candidate = after.votedFor, candidate != machines[machine].id,
            chance(40)
        else { return }
        crash(machine)
        start(machine)
    }

    // MARK: The network

    /// One message of the oldest few, or of all; it may be lost or come twice.
    private func deliverOne() {
        if network.count > 300 { network.removeFirst(100) }
        guard !network.isEmpty else { return }
        let reach = chance(90) ? min(4, network.count) : network.count
        let place = Int.random(in: 0..<reach, using: &random)
        let message = network[place]
        if !chance(3) { network.remove(at: place) }
        if chance(4) { return }
        if chance(5) { delay(message, byMillisecondsUpTo: 400) }
        if chance(10) { return delay(message, byMillisecondsUpTo: 60) }
        deliver(message)
    }

    private func delay(_ message: Message, byMillisecondsUpTo bound: UInt64) {
        let delay = UInt64.random(in: 0...bound, using: &random)
        late.append((now.advanced(byMilliseconds: delay), message))
    }

    /// Messages that took the long way round come although the link is cut by now.
    private func deliverLate() {
        let due = late.filter { $0.0 <= now }
        guard !due.isEmpty else { return }
        late.removeAll { $0.0 <= now }
        for (_, message) in due {
            step(Int(message.to.rawValue) - 1, input: .received(seen(message)))
        }
    }

    private func deliver(_ message: Message) {
        let (from, to) = (Int(message.from.rawValue) - 1, Int(message.to.rawValue) - 1)
        guard (side >> UInt64(from)) & 1 == (side >> UInt64(to)) & 1 else { return }
        guard machines[from].process != nil || chance(50) else { return }
        step(to, input: .received(seen(message)))
    }

    /// The message as it arrives: a lying network makes heartbeat answers out to be later ones.
    private func seen(_ message: Message) -> Message {
        guard plan.lie == .forgesRounds, case .heartbeatResponse = message.body,
            let process = machines[Int(message.to.rawValue) - 1].process
        else { return message }
        return Message(
            from: message.from,
            to: message.to,
            term: message.term,
            body: .heartbeatResponse(process.round)
        )
    }

    // MARK: Disturbances

    private func disturb() {
        let machine = anyMachine
        switch Int.random(in: 0..<100, using: &random) {
        case ..<10: crash(machine)
        case ..<40: startOne()
        case ..<45: side = .random(in: 0..<1 << UInt64(machines.count), using: &random)
        case ..<60: side = 0
        case ..<68: takeSnapshot(machine)
        case ..<73: breakLink(machine)
        case ..<79: loseSightOfLeader()
        case ..<87: transfer()
        case ..<88: step(machine, input: .diskStalled)
        case ..<94: changeMembership()
        case ..<96: loseLogIfAllowed(machine)
        default: demandClock(machine)
        }
    }

    private func startOne() {
        let down = machines.indices.filter { machines[$0].process == nil }
        if let machine = down.randomElement(using: &random) { start(machine) }
    }

    private func breakLink(_ machine: Int) {
        guard let leader = machines[machine].process?.raft.leader else { return }
        step(machine, input: .linkBroken(leader: leader, generation: .max))
    }

    /// The others take the leader for dead while it goes on, unheard.
    private func loseSightOfLeader() {
        guard let leader = anyLeader else { return }
        side = 1 << UInt64(leader)
        for machine in machines.indices where machine != leader { breakLink(machine) }
    }

    /// Leadership goes to one, and at once to another: both may campaign in the same term.
    private func transfer() {
        guard let leader = anyLeader else { return }
        for target in machines.indices.shuffled(using: &random).prefix(3) {
            step(leader, input: .transferLeadership(to: machines[target].id))
        }
    }

    private func demandClock(_ machine: Int) {
        let deadline = ClusterTime(rawValue: .random(in: 0...20_000, using: &random))
        let demands: [ClockDemand] = [
            .none, .leases(earliestEnd: deadline), .expiredRemaining,
        ]
        if let demand = demands.randomElement(using: &random) {
            step(machine, input: .clockDemand(demand))
        }
    }

    private func changeMembership() {
        guard plan.changesMembership, let leader = anyLeader,
            let process = machines[leader].process
        else { return }
        let ids = machines.map(\.id).shuffled(using: &random)
        let voterCount = Int.random(in: 1...min(3, ids.count), using: &random)
        let learnerCount = Int.random(in: 0...1, using: &random)
        let voters = Array(ids.prefix(voterCount))
        let learners = Array(ids.dropFirst(voterCount).prefix(learnerCount))
        let next = try? process.raft.membership.changing(
            members: (voters + learners).map(member),
            voters: voters,
            learners: learners
        )
        guard let next else { return }
        propose(leader, proposals: [Proposal(kind: .membership, payload: next.encoded)])
    }

    /// More than one member without its log is more than a majority of three survives.
    private func loseLogIfAllowed(_ machine: Int) {
        guard plan.losesLogs, machines.allSatisfy({ $0.logIntegrity == .intact }) else { return }
        loseLog(machine)
    }
}
