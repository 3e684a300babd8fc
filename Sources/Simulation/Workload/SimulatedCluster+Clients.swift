internal import Bytes
internal import Keyspace
internal import Replica

/// How requests reach members and what became of them reaches clients. A client waits for one
/// request at a time.
extension SimulatedCluster {
    /// The client's next move.
    func act(_ client: Int) {
        if isCalm, workload.calmSince == nil { workload.calmSince = now }
        switch workload.clients[client].role {
        case .keyUser(let place): actKeyUser(place, for: client)
        case .leaseHolder(let place): actLeaseHolder(place, for: client)
        case .contender(let place): actContender(place, for: client)
        case .waiter(let place): actWaiter(place, for: client)
        case .watcher(let place): actWatcher(place, for: client)
        }
    }

    /// A member that listens; nil when the one that was tried does not.
    func reachableMember() -> SimulatedMember? {
        let member = randomMember()
        return member.state == .down ? nil : member
    }

    /// The client's next move comes after about as long as it thinks.
    func rest(_ client: Int) {
        let longest = now < rushEnd ? 40_000 : 2_000 * workload.mix.thinkMilliseconds
        schedule(.client(client), after: random(500...longest))
    }

    /// The member that was tried is down: another one, soon.
    func tryAgain(_ client: Int) { schedule(.client(client), after: random(1_000...20_000)) }

    func propose(_ request: Request, from client: Int, to member: SimulatedMember) {
        let ticket = member.makeTicket(for: client)
        deliver(.propose(ticket, request), to: member, life: member.life)
        bePatient(ticket, at: member)
    }

    func read(from client: Int, at member: SimulatedMember) {
        let ticket = member.makeTicket(for: client)
        deliver(.read(ticket), to: member, life: member.life)
        bePatient(ticket, at: member)
    }

    private func bePatient(_ ticket: Ticket, at member: SimulatedMember) {
        let patience = Event.patience(member: member.number, life: member.life, ticket)
        schedule(patience, after: random(300_000...1_500_000))
    }

    func giveUp(_ ticket: Ticket, at member: SimulatedMember, life: Int) {
        guard member.life == life, member.waiting.contains(where: { $0.ticket == ticket }) else {
            return
        }
        deliver(.forget(ticket), to: member, life: life)
    }

    // MARK: Answers

    func answer(_ reply: Completion, of member: SimulatedMember) {
        switch reply {
        case .applied(let ticket, let answer):
            guard let client = member.takeClient(of: ticket) else { return }
            if answer.source == .replayed { workload.report.activities.count(.replay) }
            trace.note(answer.revision.rawValue)
            hear(.answered(answer), for: client)
        case .unproposed(let ticket, let failure):
            guard let client = member.takeClient(of: ticket) else { return }
            hear(failure == .unknown ? .unknown : .denied, for: client)
        case .readable(let ticket):
            guard let client = member.takeClient(of: ticket) else { return }
            hear(.readable(member), for: client)
        case .unreadable(let ticket):
            guard let client = member.takeClient(of: ticket) else { return }
            hear(.denied, for: client)
        // No client asks for one.
        case .membershipChanged: break
        }
    }

    /// The member that had the request is gone.
    func lost(_ client: Int) { hear(.unknown, for: client) }

    private func hear(_ tidings: Tidings, for client: Int) {
        trace.note(6, subject: client, at: now)
        switch tidings {
        case .answered, .readable: noteServed(client)
        case .denied: workload.report.activities.count(.denied)
        case .unknown: workload.report.activities.count(.unknown)
        }
        switch workload.clients[client].role {
        case .keyUser(let place): hearKeyUser(place, for: client, tidings: tidings)
        case .leaseHolder(let place): hearLeaseHolder(place, for: client, tidings: tidings)
        case .contender(let place): hearContender(place, for: client, tidings: tidings)
        case .waiter(let place): hearWaiter(place, for: client, tidings: tidings)
        case .watcher: break
        }
    }

    func noteServed(_ client: Int) {
        if isCalm { workload.clients[client].isServedInCalm = true }
    }

    func count(_ activity: Activity) { workload.report.activities.count(activity) }
}
