internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// Everybody who uses the cluster: it hands answers to the clients that asked, and tells the clients
/// what members show.
final class Clients {
    private enum Role {
        case keyUser(KeyUser)
        case leaseHolder(LeaseHolder)
        case lockUser(LockUser)
        case waiter(Waiter)
        case watcher(Watcher)
        case administrator(AccessAdministrator)
        case subject(AccessSubject)
        case queueUser(QueueUser)
        case counterUser(CounterUser)
    }

    private let world: World
    private let members: Members
    private let history: ClientHistory
    private var clients: [SimulatedClient] = []
    /// By client.
    private var roles: [Role] = []
    private var lockUsers: [LockUser] = []
    private var waiters: [Waiter] = []
    private var watchers: [Watcher] = []
    /// Whether some of them ask as users whose rights come and go.
    private(set) var haveUsers = false
    /// When the first client moved after all faults had ended.
    private var calmSince: MonotonicTime?

    /// - Parameter revision: of the state with which the cluster begins.
    init(in plan: ClientPlan, of members: Members, after revision: Revision, in world: World) {
        self.world = world
        self.members = members
        history = ClientHistory(of: plan.mix, after: revision, in: world)
        let mix = plan.mix
        for _ in 0..<mix.keyUserCount { roles.append(.keyUser(KeyUser(join(in: plan)))) }
        for place in 0..<mix.leaseHolderCount {
            roles.append(.leaseHolder(LeaseHolder(join(in: plan), place: place)))
        }
        for place in 0..<mix.contenderCount {
            lockUsers.append(LockUser(join(in: plan), place: place))
        }
        for place in 0..<mix.waiterCount { waiters.append(Waiter(join(in: plan), place: place)) }
        for _ in 0..<mix.watcherCount { watchers.append(Watcher(join(in: plan))) }
        roles += lockUsers.map { .lockUser($0) } + waiters.map { .waiter($0) }
        roles += watchers.map { .watcher($0) }
        haveUsers = mix.subjectCount > 0
        if haveUsers { roles.append(.administrator(AccessAdministrator(join(in: plan)))) }
        for place in 0..<mix.subjectCount {
            roles.append(.subject(AccessSubject(join(in: plan), place: place)))
        }
        for _ in 0..<mix.queueUserCount { roles.append(.queueUser(QueueUser(join(in: plan)))) }
        for _ in 0..<mix.counterUserCount {
            roles.append(.counterUser(CounterUser(join(in: plan))))
        }
    }

    private func join(in plan: ClientPlan) -> SimulatedClient {
        let client = SimulatedClient(
            clients.count,
            in: plan,
            of: members,
            history: history,
            world: world
        )
        clients.append(client)
        return client
    }

    /// Every client begins within a tenth of a second.
    func begin() { for client in clients { client.wake(after: world.random(0...100_000)) } }

    /// The client's next move.
    func act(_ client: Int) {
        if world.isCalm, !world.isSlow, calmSince == nil { calmSince = world.now }
        switch roles[client] {
        case .keyUser(let keyUser): keyUser.act()
        case .leaseHolder(let leaseHolder): leaseHolder.act()
        case .lockUser(let lockUser): lockUser.act()
        case .waiter(let waiter): waiter.act()
        case .watcher(let watcher): watcher.act()
        case .administrator(let administrator): administrator.act()
        case .subject(let subject): subject.act()
        case .queueUser(let queueUser): queueUser.act()
        case .counterUser(let counterUser): counterUser.act()
        }
    }

    /// Whoever waits for the ticket has lost patience.
    func giveUp(_ ticket: Ticket, at member: SimulatedMember, life: Int) {
        guard member.life == life, member.tickets.contains(ticket) else { return }
        members.deliver(.forget(ticket), to: member, life: life)
    }

    // MARK: Answers

    func answer(_ completion: Completion, of member: SimulatedMember) {
        switch completion {
        case .applied(let ticket, let answer):
            guard let client = member.tickets.take(ticket) else { return }
            if answer.source == .replayed { clients[client].count(.replay) }
            world.note(answer.revision.rawValue)
            hear(.answered(answer), for: client)
        case .unproposed(let ticket, let failure):
            guard let client = member.tickets.take(ticket) else { return }
            hear(failure == .unknown ? .unknown : .denied, for: client)
        case .readable(let ticket):
            guard let client = member.tickets.take(ticket) else { return }
            hear(.readable(member), for: client)
        case .unreadable(let ticket):
            guard let client = member.tickets.take(ticket) else { return }
            hear(.denied, for: client)
        // No client asks for one.
        case .membershipChanged: break
        }
    }

    /// The member that had the request is gone.
    func lost(_ client: Int) { hear(.unknown, for: client) }

    private func hear(_ result: RequestResult, for client: Int) {
        world.note(.clientAnswer, of: client)
        switch result {
        case .answered, .readable: clients[client].noteServed()
        case .denied: clients[client].count(.denied)
        case .unknown: clients[client].count(.unknown)
        }
        switch roles[client] {
        case .keyUser(let keyUser): keyUser.hear(result)
        case .leaseHolder(let leaseHolder): leaseHolder.hear(result)
        case .lockUser(let lockUser): lockUser.hear(result)
        case .waiter(let waiter): waiter.hear(result)
        case .administrator(let administrator): administrator.hear(result)
        case .subject(let subject): subject.hear(result)
        case .queueUser(let queueUser): queueUser.hear(result)
        case .counterUser(let counterUser): counterUser.hear(result)
        case .watcher: break
        }
    }

    // MARK: What members show

    /// The member applied an entry that changed something.
    func observeApplied(_ entry: AppliedEntry, at member: SimulatedMember) {
        history.observeApplied(entry, store: member.replica?.keyspace.store)
        for event in entry.contestEvents { history.observe(event, at: entry.index) }
        let grants = entry.contestEvents.compactMap { event in
            if case .granted(let grant) = event { grant } else { nil }
        }
        if !grants.isEmpty { history.contests.granted(grants, at: entry.index.rawValue) }
        for case .granted(let grant) in entry.contestEvents where grant.contest != Principals.lock {
            history.observe(grant)
            for lockUser in lockUsers { lockUser.observe(grant, at: member) }
        }
        for event in entry.contestEvents {
            for waiter in waiters { waiter.lookAgain(after: event, on: member) }
        }
    }

    /// The member has applied that entry, and this is in force there.
    func observe(_ access: AccessControl, at index: LogIndex) {
        history.access.stands(access, at: index.rawValue)
    }

    /// A snapshot took the place of the member's store, after every entry of the turn so far.
    func observeReplacement(at member: SimulatedMember) {
        for lockUser in lockUsers { lockUser.lookAgain(at: member) }
        for waiter in waiters { waiter.lookAgain(after: nil, on: member) }
    }

    /// An entry is committed, as was not known before.
    func observeCommitted(_ entry: Entry) { history.observeCommitted(entry) }

    // MARK: At the end

    /// Whether every client was served since all faults ended.
    var isEverybodyServed: Bool { clients.allSatisfy(\.isServedInCalm) }

    /// The run is over: what the clients did and saw is held against what they were promised.
    func check() -> WorkloadReport {
        history.check(calmSince: calmSince, openWatches: watchers.compactMap(\.log))
        if !isEverybodyServed { world.found(.notServing) }
        return history.report
    }
}
