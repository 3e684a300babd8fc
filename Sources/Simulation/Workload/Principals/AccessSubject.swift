internal import Bytes
internal import Keyspace
internal import Replica

/// A client that asks as a user whose rights come and go, as it was proven at some time, which may
/// lie behind.
final class AccessSubject: ClientRole {
    private static let chosenLeaseBase: UInt64 = 1 << 41

    let client: SimulatedClient
    /// Among those of its kind.
    private let place: Int
    private let user: AccessName
    /// As of which it was proven who it is; nil where that is to be proven anew.
    private var proven: AuthRevision?
    /// The number in history of the request under way.
    private var pending: UInt64?
    private var leaseCount: UInt64 = 0
    private var lease: LeaseID?
    /// What it holds of the lock.
    private var grant: Grant?
    /// What it reads once a member says that it may; nil where it only proves who it is.
    private var reading: AccessReplay.Look?
    private var watch: SubjectWatch?

    init(_ client: SimulatedClient, place: Int) {
        self.client = client
        self.place = place
        user = Principals.user(place)
    }

    func act() {
        follow()
        guard pending == nil else { return }
        guard let member = client.reachableMember() else { return client.tryAgain() }
        let access = member.replica?.keyspace.access
        if member.state == .running, let access, access.user(user) != nil {
            if proven == nil || world.pick(8) == 0 { proven = access.revision }
        }
        let number = client.nextShortValue()
        pending = number
        guard let proven else { return client.read(at: member) }
        let caller = Caller.user(user, asOf: proven)
        if watch == nil, world.pick(4) == 0 { begin(at: member, as: caller) }
        if world.pick(6) == 0 {
            reading = look(.read, at: range(), proven: proven)
            return client.read(at: member)
        }
        let (command, wants) = draw(number)
        history.access.asked(number, wants: wants)
        let isNamed = if case .put(let put) = command { put.lease == .none } else { false }
        let note = isNamed ? [] : AccessReplay.note(of: number)
        client.propose(Request(command, caller: caller, note: note), to: member)
    }

    private func look(
        _ kind: AccessReplay.Look.Kind,
        at range: KeyRange,
        proven: AuthRevision
    ) -> AccessReplay.Look {
        AccessReplay.Look(kind, at: .read(range), by: user, proven: proven.rawValue)
    }

    private func range() -> KeyRange {
        world.pick(2) == 0 ? .subtree(Principals.root) : .key(Principals.keys.pick(&world.chance))
    }

    private func draw(_ number: UInt64) -> (Command, [AccessReplay.Want]) {
        let key = Principals.keys.pick(&world.chance)
        switch world.pick(10) {
        case 0, 1: return (.put(put(key, value: number, lease: .none)), [.write(key)])
        case 2: return tie(key, number: number)
        case 3, 4:
            let other = Principals.keys.pick(&world.chance)
            return (transaction(key, other: other, number: number), [.write(key), .write(other)])
        case 5:
            leaseCount += 1
            let chosen = LeaseID(
                rawValue: Self.chosenLeaseBase + UInt64(place) << 20 + leaseCount
            )
            lease = chosen
            let milliseconds = world.random(2_000...20_000)
            return (.grantLease(chosen, timeToLiveMilliseconds: milliseconds), [])
        case 6: return keepAlive(history.newestSubjectLease)
        case 7: return keepAlive(lease)
        default: return contend(number)
        }
    }

    private func put(_ key: Key, value: UInt64, lease: LeaseAttachment) -> Put {
        Put(key: key, value: KeySpaces.encode(value), lease: lease, condition: .none)
    }

    /// A key is tied to a lease, its own more often than another's; or the lease is ended.
    private func tie(_ key: Key, number: UInt64) -> (Command, [AccessReplay.Want]) {
        let candidate = world.pick(3) > 0 ? lease : history.newestSubjectLease
        guard let lease = candidate else {
            return (.put(put(key, value: number, lease: .none)), [.write(key)])
        }
        if world.pick(8) == 0 { return (.revokeLease(lease), [.change(lease)]) }
        return (.put(put(key, value: number, lease: .lease(lease))), [.write(key), .change(lease)])
    }

    /// A put of `other` within, if that is another one.
    private func transaction(_ key: Key, other: Key, number: UInt64) -> Command {
        func put(_ key: Key, value: UInt64) -> Transaction.Operation {
            .put(
                .init(
                    key: key,
                    value: .bytes(KeySpaces.encode(value)),
                    lease: .none,
                    returnsPrevious: false
                )
            )
        }
        var then = [put(key, value: number)]
        if other != key {
            let inner = put(other, value: client.nextShortValue())
            then.append(.transaction(Transaction(compares: [], then: [inner], otherwise: [])))
        }
        return .transaction(Transaction(compares: [], then: then, otherwise: []))
    }

    private func keepAlive(_ lease: LeaseID?) -> (Command, [AccessReplay.Want]) {
        guard let lease else { return (.keepAlive([]), []) }
        return (.keepAlive([lease]), [.lease(lease)])
    }

    private func contend(_ number: UInt64) -> (Command, [AccessReplay.Want]) {
        var wants = [AccessReplay.Want.lock(Principals.lock.name)]
        if let grant, world.pick(2) == 0 {
            self.grant = nil
            let release = Command.release(Principals.lock, .token(grant.token))
            return (release, wants + [.leaving(grant.lease)])
        }
        let own = world.pick(2) == 0 ? lease : nil
        if let own { wants.append(.change(own)) }
        let acquisition = LockRequest(
            contest: Principals.lock,
            mode: .exclusive,
            ownership: own.map { .lease($0) }
                ?? .own(timeToLiveMilliseconds: world.random(1_000...6_000)),
            patience: .queue,
            owner: AccessReplay.owner(of: number),
            value: []
        )
        return (.acquire(acquisition), wants)
    }

    /// What a member answers out of the state that it has then is decided with the rights of that.
    private func read(at member: SimulatedMember) {
        guard let reading, let keyspace = member.replica?.keyspace else { return }
        let isAllowed = reading.isAllowed(in: keyspace)
        client.count(isAllowed ? .userRead : .accessRefused)
        history.access.looked(
            reading,
            at: keyspace.appliedIndex,
            told: isAllowed ? .done : .refused
        )
    }

    private func begin(at member: SimulatedMember, as caller: Caller) {
        guard case .user(_, let proven) = caller else { return }
        let look = look(.watch, at: range(), proven: proven)
        watch = SubjectWatch(look, at: member)
    }

    /// The next piece of what it watches, unless the watch is over.
    private func follow() {
        guard var watch else { return }
        self.watch = nil
        switch watch.next(in: members) {
        case .over: return
        case .silence: break
        case .piece(let index): history.access.looked(watch.look, at: index, told: .done)
        case .denial(let index):
            client.count(.userWatchEnded)
            return history.access.looked(watch.look, at: index, told: .refused)
        }
        self.watch = watch
    }

    func hear(_ result: RequestResult) {
        guard let number = pending else { return }
        pending = nil
        if case .readable(let member) = result { read(at: member) }
        reading = nil
        guard case .answered(let answer) = result else { return client.tryAgain() }
        switch answer.outcome {
        case .refused(.unauthenticated):
            client.count(.accessRefused)
            history.access.told(number, as: .refused)
            // It is noticed at once, or goes on as who it was.
            if world.pick(3) > 0 { proven = nil }
        case .refused(.denied):
            client.count(.accessRefused)
            history.access.told(number, as: .refused)
        case .keptAlive(let standings):
            let isKept = if case .some(.some) = standings.first { true } else { false }
            history.access.told(number, as: isKept ? .done : .notKept)
        case .leaseGranted(let lease, _):
            history.newestSubjectLease = lease
            history.access.told(number, as: .done)
        case .granted(let grant):
            self.grant = grant
            history.access.won(number)
            hearUse(number, as: .userPlaceTied)
        case .queued: hearUse(number, as: .userPlaceTied)
        case .put(let result):
            hearUse(number, as: result.lease == nil ? nil : .userKeyTied)
        case .leaseRevoked: hearUse(number, as: .userLeaseRevoked)
        case .refused(.notFound(.lease)):
            client.count(.leaseUseRefused)
            history.access.told(number, as: .notKept)
        case .refused: history.access.told(number, as: .other)
        default: history.access.told(number, as: .done)
        }
        client.rest()
    }

    private func hearUse(_ number: UInt64, as activity: Activity?) {
        if let activity { client.count(activity) }
        history.access.told(number, as: .done)
    }
}
