import Bytes
import Consensus

extension ScriptedCluster {
    /// Carries out one step.
    ///
    /// - Returns: what came of it, a line for each thing.
    func perform(_ step: ScriptStep) throws(ScriptRefusal) -> [String] {
        events = []
        try carryOut(step)
        return events.compactMap { event in
            switch event {
            case .outcome(let line): line
            case .detail(let line): step.isSummary ? nil : line
            }
        }
    }

    private func carryOut(_ step: ScriptStep) throws(ScriptRefusal) {
        switch step {
        case .cluster, .start, .crash, .restart, .cut, .mend, .reconnect, .broken:
            try carryOutOnMachines(step)
        case .timeout(let id): try wake(id, leading: false)
        case .heartbeat(let id): try wake(id, leading: true)
        case .settle: try settle()
        case .run(let span): try run(span)
        case .deliver(let route, let amount): try take(route, amount: amount).forEach(receive)
        case .drop(let route): _ = try take(route, amount: .all)
        case .again(let route, let number):
            let before = delivered.filter(route.takes).suffix(Int(number))
            guard let message = before.first, before.count == number else {
                throw ScriptRefusal(text: "too little was delivered on this way")
            }
            receive(message)
        case .persist(let id, let amount): try persistPending(id, amount: amount)
        case .propose(let id, let commands): try propose(id, proposals: commands.map(command))
        case .change(let id, let voters, let learners):
            try change(id, voters: voters, learners: learners)
        case .read(let id, let number):
            try tell(.read(ReadID(rawValue: number)), to: id)
        case .transfer(let id, let target): try tell(.transferLeadership(to: target), to: id)
        case .stall(let id): try tell(.diskStalled, to: id)
        case .snapshot(let id, let index):
            try takeSnapshot(id, through: LogIndex(rawValue: index))
        case .show(let ids):
            for id in ids.isEmpty ? machines.map(\.id) : ids { tell(try picture(of: id)) }
        }
    }

    private func carryOutOnMachines(_ step: ScriptStep) throws(ScriptRefusal) {
        switch step {
        case .cluster(let ids): founders = founding(ids)
        case .start(let ids, let beginning): for id in ids { try begin(id, beginning: beginning) }
        case .crash(let id): try crash(id)
        case .restart(let id, let finding): try restart(id, finding: finding)
        case .cut(let id):
            machines[try position(of: id)].isCut = true
            network.removeAll { $0.from == id || $0.to == id }
        case .mend(let id): machines[try position(of: id)].isCut = false
        case .reconnect(let id, let other):
            (_, _) = (try process(id), try process(other))
            reconnect(id, with: other)
        case .broken(let id, let other):
            _ = try process(id)
            loseLink(of: id, to: other)
        default: break
        }
    }

    private func tell(_ input: Raft.Input, to id: MemberID) throws(ScriptRefusal) {
        _ = try process(id)
        step(id, input: input)
    }

    private func wake(_ id: MemberID, leading: Bool) throws(ScriptRefusal) {
        guard (try process(id).raft.role == .leader) == leading else {
            throw ScriptRefusal(
                text: leading ? "\(id.label) does not lead" : "\(id.label) leads: heartbeat"
            )
        }
        try wake(id)
    }

    private func change(
        _ id: MemberID,
        voters: [MemberID],
        learners: [MemberID]
    ) throws(ScriptRefusal) {
        let next: Membership
        do {
            next = try process(id).raft.membership.changing(
                members: (voters + learners).map(member),
                voters: voters,
                learners: learners
            )
        } catch { throw ScriptRefusal(text: "no such change: \(error)") }
        try propose(id, proposals: [Proposal(kind: .membership, payload: next.encoded)])
    }

    // MARK: Network and disks

    private func take(
        _ route: ScriptStep.Route,
        amount: ScriptStep.Amount
    ) throws(ScriptRefusal) -> [Message] {
        let count = amount == .first ? 1 : Int.max
        let taken = Array(network.filter(route.takes).prefix(count))
        guard !taken.isEmpty else { throw ScriptRefusal(text: "nothing is on this way") }
        network =
            network.filter { !route.takes($0) }
            + network.filter(route.takes).dropFirst(taken.count)
        return taken
    }

    private func persistPending(_ id: MemberID?, amount: ScriptStep.Amount) throws(ScriptRefusal) {
        let all = machines.filter { !$0.disk.pending.isEmpty && (id ?? $0.id) == $0.id }
        guard !all.isEmpty else { throw ScriptRefusal(text: "nothing is to be written") }
        for machine in all { try persist(machine.id, amount: amount) }
    }

    /// Everything is written and delivered, in turn, until nothing is left.
    private func settle() throws(ScriptRefusal) {
        for _ in 0..<1_000 {
            let writers = machines.filter { !$0.disk.pending.isEmpty }.map(\.id)
            let messages = network
            guard !writers.isEmpty || !messages.isEmpty else { return }
            network = []
            for id in writers { try persist(id, amount: .all) }
            messages.forEach(receive)
        }
        throw ScriptRefusal(text: "the cluster does not come to rest")
    }

    private func run(_ span: ScriptStep.Span) throws(ScriptRefusal) {
        let end: MonotonicTime
        var waiting: MemberID?
        switch span {
        case .milliseconds(let count): end = now.advanced(byMilliseconds: count)
        case .until(let id):
            end = try process(id).raft.nextDeadline
            waiting = id
        }
        try settle()
        while let next = nextDue(but: waiting), next.at <= end {
            now = max(now, next.at)
            step(next.id, input: .tick)
            try settle()
        }
        now = max(now, end)
    }

    private func nextDue(but waiting: MemberID?) -> (at: MonotonicTime, id: MemberID)? {
        var due: (at: MonotonicTime, id: MemberID)?
        for machine in machines where machine.id != waiting {
            guard let at = machine.process?.raft.nextDeadline else { continue }
            if due.map({ at < $0.at }) ?? true { due = (at, machine.id) }
        }
        return due
    }

    // MARK: Pictures

    /// The terms of a member's log, drawn like those of the dissertation's figures.
    private func picture(of id: MemberID) throws(ScriptRefusal) -> String {
        guard let process = machines[try position(of: id)].process else {
            return "\(id.label): down"
        }
        let (base, last) = (process.raft.baseIndex.rawValue, process.raft.last.index.rawValue)
        var cells = base > 0 ? ["snapshot to \(base)"] : []
        for index in (base + 1)..<(last + 1) {
            guard let term = process.raft.term(at: LogIndex(rawValue: index)) else { continue }
            cells.append("\(term.rawValue)")
        }
        let log = cells.isEmpty ? "empty" : cells.joined(separator: " ")
        return "\(id.label): term \(process.raft.term.rawValue), log \(log);"
            + " durable \(process.raft.durableIndex.rawValue),"
            + " committed \(process.raft.commitIndex.rawValue)"
    }
}
