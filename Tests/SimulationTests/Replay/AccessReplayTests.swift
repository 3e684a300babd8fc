import Bytes
import Keyspace
import Simulation
import Testing

@Suite("users are served as their rights were at each entry, found from the commands alone")
struct AccessReplayTests {
    private static func name(_ text: String) -> AccessName {
        AccessName(Array(text.utf8)) ?? .anonymous
    }

    private static let (user, other, role) = (name("u"), name("v"), name("r"))
    private static let key = Key(unchecked: Array("/users/0".utf8))
    private static let lease = LeaseID(rawValue: 99)
    private static let lock = Array("access".utf8)

    /// `u` and `v` may write everything and have the lock; the last change has the fourth revision.
    private static let setup: [AccessChange] = [
        .putRole(
            role,
            rules: .exactly([
                AccessRule(.allow, to: [.read, .write], in: .keys(.all)),
                AccessRule(.allow, to: .lock, in: .names(NamePattern(name: lock))),
            ])
        ),
        .putUser(user, password: .kept, roles: .exactly([role])),
        .putUser(other, password: .kept, roles: .exactly([role])),
        .enable,
    ]

    private struct Entry {
        var index: UInt64 = 0
        var replay = AccessReplay()

        mutating func commit(_ command: Command?, as caller: Caller = .nobody, number: UInt64 = 0) {
            index += 1
            let request = command.map {
                Request($0, caller: caller, note: AccessReplay.note(of: number))
            }
            replay.committed(index: index, time: ClusterTime(rawValue: index), request: request)
        }

        /// The user asks, as it was proven at that revision, and is told.
        mutating func ask(
            _ command: Command,
            of user: AccessName,
            proven: UInt64,
            wants: [AccessReplay.Want],
            told: AccessReplay.Told
        ) {
            let number = index + 1_000
            replay.asked(number, wants: wants)
            replay.told(number, as: told)
            let caller = Caller.user(user, asOf: AuthRevision(rawValue: proven))
            commit(command, as: caller, number: number)
        }

        /// The user ties the key to the lease.
        mutating func tie(proven: UInt64, by user: AccessName, told: AccessReplay.Told) {
            let number = index + 1_000
            let put = Put(
                key: AccessReplayTests.key,
                value: AccessReplay.owner(of: number),
                lease: .lease(AccessReplayTests.lease),
                condition: .none
            )
            let wants: [AccessReplay.Want] = [
                .write(AccessReplayTests.key), .change(AccessReplayTests.lease),
            ]
            ask(.put(put), of: user, proven: proven, wants: wants, told: told)
        }
    }

    private static func controlled() -> Entry {
        var entry = Entry()
        for change in setup { entry.commit(.changeAccess(change)) }
        return entry
    }

    private static func delete(_ key: Key) -> Command { .delete(.key(key), condition: .none) }

    @Test(
        "what is told agrees with the right of then",
        arguments: [
            (4, nil, .done, true), (4, nil, .refused, false),
            (1, nil, .refused, true), (1, nil, .done, false),
            (4, .putUser(user, password: .set([1]), roles: .adding([])), .done, false),
            (5, .putUser(user, password: .set([1]), roles: .adding([])), .done, true),
            (5, .putRole(role, rules: .exactly([])), .done, false),
            (5, .putRole(role, rules: .exactly([])), .refused, true),
            (4, .removeUser(user), .refused, true), (4, .disable, .done, true),
        ] as [(UInt64, AccessChange?, AccessReplay.Told, Bool)]
    )
    func told(proven: UInt64, change: AccessChange?, told: AccessReplay.Told, isRight: Bool) {
        var entry = Self.controlled()
        if let change { entry.commit(.changeAccess(change)) }
        entry.ask(
            Self.delete(Self.key),
            of: Self.user,
            proven: proven,
            wants: [.write(Self.key)],
            told: told
        )
        #expect(entry.replay.check().isEmpty == isRight)
        #expect(entry.replay.decisionCount == 1)
    }

    @Test("a change that is shown with an entry of somebody without the right is found")
    func shown() {
        var entry = Self.controlled()
        entry.commit(.changeAccess(.removeUser(Self.user)))
        entry.ask(Self.delete(Self.key), of: Self.user, proven: 4, wants: [], told: .other)
        #expect(entry.replay.check().isEmpty)
        entry.replay.changed(at: entry.index)
        #expect(entry.replay.check() == [.carriedOutWithoutRight(index: entry.index)])
    }

    @Test("a lease is its creator's alone")
    func leases() {
        for (user, told, finding) in [
            (Self.user, .done, nil), (Self.other, .notKept, nil),
            (Self.user, .notKept, .rightRefused(index: 6)),
            (Self.other, .done, .strangerKeptLease(index: 6)),
        ] as [(AccessName, AccessReplay.Told, Finding?)] {
            var entry = Self.controlled()
            let grant = Command.grantLease(Self.lease, timeToLiveMilliseconds: 1_000)
            entry.ask(grant, of: Self.user, proven: 4, wants: [], told: .done)
            let wants = [AccessReplay.Want.lease(Self.lease)]
            entry.ask(.keepAlive([Self.lease]), of: user, proven: 4, wants: wants, told: told)
            #expect(entry.replay.check() == finding.map { [$0] } ?? [])
        }
    }

    /// What the lease of `u` holds.
    private enum Holding: CaseIterable {
        case nothing, key, lock, place
    }

    /// `u` made the lease, and has it hold that.
    private static func holding(_ holding: Holding, milliseconds: UInt64 = 1_000) -> Entry {
        var entry = controlled()
        let grant = Command.grantLease(lease, timeToLiveMilliseconds: milliseconds)
        entry.ask(grant, of: user, proven: 4, wants: [], told: .done)
        let number = entry.index + 1_000
        switch holding {
        case .nothing: break
        case .key: entry.tie(proven: 4, by: user, told: .done)
        case .lock, .place:
            if holding == .lock { entry.replay.won(number) }
            let wants: [AccessReplay.Want] = [.lock(lock), .change(lease)]
            let command = acquire(number, under: lease)
            entry.ask(command, of: user, proven: 4, wants: wants, told: .done)
        }
        return entry
    }

    @Test("a lease is kept alive by who made it or may have what it holds, and may have that now")
    func holdings() {
        let noRights = AccessChange.putRole(Self.role, rules: .exactly([]))
        let rows: [(Holding, AccessChange?, AccessName, AccessReplay.Told, Finding?)] = [
            (.nothing, nil, Self.user, .done, nil), (.key, nil, Self.user, .done, nil),
            (.key, nil, Self.other, .done, nil), (.lock, nil, Self.other, .done, nil),
            (.key, nil, Self.other, .notKept, .rightRefused(index: 8)),
            (.nothing, nil, Self.other, .done, .strangerKeptLease(index: 7)),
            (.nothing, noRights, Self.user, .done, nil),
            (.key, noRights, Self.user, .done, .leaseKeptWithoutRight(index: 8)),
            (.lock, noRights, Self.user, .done, .leaseKeptWithoutRight(index: 8)),
            (.key, noRights, Self.other, .done, .strangerKeptLease(index: 8)),
            (.key, noRights, Self.user, .notKept, nil),
            // It may have been turned away.
            (.place, noRights, Self.user, .done, nil),
            (.place, noRights, Self.user, .notKept, nil),
        ]
        for (holding, change, user, told, finding) in rows {
            var entry = Self.holding(holding)
            entry.commit(change.map { .changeAccess($0) })
            let proven: UInt64 = change == nil ? 4 : 5
            let wants = [AccessReplay.Want.lease(Self.lease)]
            entry.ask(.keepAlive([Self.lease]), of: user, proven: proven, wants: wants, told: told)
            #expect(entry.replay.check() == finding.map { [$0] } ?? [], "\(holding) \(told)")
        }
    }

    @Test("a removed user's lease is nobody's, and no later one's of its name")
    func removed() {
        for (holding, finding) in [
            (.nothing, .strangerKeptLease(index: 8)), (.key, nil),
        ] as [(Holding, Finding?)] {
            var entry = Self.holding(holding)
            entry.commit(.changeAccess(.removeUser(Self.user)))
            let anew = AccessChange.putUser(
                Self.user,
                password: .kept,
                roles: .exactly([Self.role])
            )
            entry.commit(.changeAccess(anew))
            let wants = [AccessReplay.Want.lease(Self.lease)]
            entry.ask(.keepAlive([Self.lease]), of: Self.user, proven: 6, wants: wants, told: .done)
            #expect(entry.replay.check() == finding.map { [$0] } ?? [])
        }
    }

    @Test("only who may change a lease ties something to it, and to none that has ended")
    func ties() {
        var stranger = Self.holding(.nothing)
        stranger.tie(proven: 4, by: Self.other, told: .notKept)
        #expect(stranger.replay.check() == [])
        stranger.replay.changed(at: stranger.index)
        #expect(stranger.replay.check() == [.strangerTiedToLease(index: stranger.index)])
        var sharer = Self.holding(.key)
        sharer.tie(proven: 4, by: Self.other, told: .done)
        #expect(sharer.replay.check() == [])
        var late = Self.holding(.nothing, milliseconds: 1)
        late.commit(nil)
        late.tie(proven: 4, by: Self.user, told: .notKept)
        #expect(late.replay.check() == [])
        late.replay.changed(at: late.index)
        #expect(late.replay.check() == [.endedLeaseUsed(index: late.index)])
    }

    private static func acquire(
        _ number: UInt64,
        under lease: LeaseID? = nil
    ) -> Command {
        .acquire(
            LockRequest(
                contest: Contest(kind: .lock, name: lock),
                mode: .exclusive,
                ownership: lease.map { .lease($0) } ?? .own(timeToLiveMilliseconds: 1_000),
                patience: .queue,
                owner: AccessReplay.owner(of: number),
                value: []
            )
        )
    }

    @Test("a waiter's right is that of when it is granted")
    func waiters() {
        let changes: [(AccessChange, Bool)] = [
            (.putRole(Self.role, rules: .exactly([])), false),
            (.putUser(Self.user, password: .set([1]), roles: .adding([])), false),
            (.putUser(Self.user, password: .kept, roles: .adding([])), true),
        ]
        for (change, isAdmitted) in changes {
            var entry = Self.controlled()
            let number = entry.index + 1_000
            let wants = [AccessReplay.Want.lock(Self.lock)]
            entry.ask(Self.acquire(number), of: Self.user, proven: 4, wants: wants, told: .done)
            let lease = LeaseID(rawValue: entry.index)
            entry.commit(.changeAccess(change))
            entry.commit(nil)
            var denied = entry.replay
            denied.turnedAway(lease, at: entry.index)
            #expect(denied.check().isEmpty == !isAdmitted)
            entry.replay.granted(number, at: entry.index)
            #expect(entry.replay.check().isEmpty == isAdmitted)
        }
    }

    @Test("what the time grants with an entry that takes the right comes before its command")
    func sweep() {
        var entry = Self.controlled()
        let number = entry.index + 1_000
        let wants = [AccessReplay.Want.lock(Self.lock)]
        entry.ask(Self.acquire(number), of: Self.user, proven: 4, wants: wants, told: .done)
        let lease = LeaseID(rawValue: entry.index)
        entry.commit(.changeAccess(.removeUser(Self.user)))
        var denied = entry.replay
        denied.turnedAway(lease, at: entry.index)
        #expect(denied.check() == [.waiterTurnedAway(index: entry.index)])
        entry.replay.granted(number, at: entry.index)
        #expect(entry.replay.check().isEmpty)
        entry.commit(nil)
        entry.replay.granted(number, at: entry.index)
        #expect(entry.replay.check() == [.grantedWithoutRight(index: entry.index)])
    }

    @Test(
        "of those who are no users, only who came as nobody is turned away, where access is controlled",
        arguments: [
            (Caller.nobody, true, true), (.nobody, false, false), (crowd, true, false),
            (crowd, false, false),
        ]
    )
    func turnedAway(caller: Caller, isControlled: Bool, mayBeTurnedAway: Bool) {
        for lease in [nil, Self.lease] {
            var entry = Entry()
            entry.commit(Self.acquire(1, under: lease), as: caller)
            for change in Self.setup.dropLast(isControlled ? 0 : 1) {
                entry.commit(.changeAccess(change))
            }
            entry.commit(nil)
            var granted = entry.replay
            granted.granted(1, at: entry.index)
            #expect(granted.check().isEmpty == !mayBeTurnedAway)
            #expect(granted.grantCount == (caller == .nobody ? 1 : 0))
            entry.replay.turnedAway(lease ?? LeaseID(rawValue: 1), at: entry.index)
            #expect(entry.replay.check().isEmpty == mayBeTurnedAway)
            #expect(entry.replay.grantCount == 1)
        }
    }

    private static let crowd = Caller.outside(subject: [1], roles: [name("crowd")])

    @Test("a place that nobody is known to have asked for may not be turned away")
    func unknownPlace() {
        var entry = Self.controlled()
        entry.replay.turnedAway(Self.lease, at: entry.index)
        #expect(entry.replay.check() == [.waiterTurnedAway(index: entry.index)])
    }

    @Test(
        "what a user is shown agrees with its right in the state that is shown",
        arguments: [
            (.key(key), nil, true), (.subtree(root), nil, true),
            (.key(key), .removeUser(user), false),
            (.key(key), .putRole(role, rules: .exactly([])), false),
            (.subtree(root), rule(.deny, .key(key)), false),
            (.key(key), rule(.deny, .key(key)), false),
            (.key(sibling), rule(.deny, .key(key)), true),
            (.subtree(root), only(.key(key)), false), (.key(key), only(.key(key)), true),
            (.key(sibling), only(.key(key)), false), (.key(key), only(.subtree(root)), true),
            (.subtree(root), only(.subtree(root)), true),
        ] as [(KeyRange, AccessChange?, Bool)]
    )
    func looks(range: KeyRange, change: AccessChange?, isAllowed: Bool) {
        var entry = Self.controlled()
        entry.commit(.changeAccess(change ?? .putRole(Self.role, rules: .adding([]))))
        entry.commit(.changeAccess(.putUser(Self.other, password: .kept, roles: .exactly([]))))
        let proven = entry.index
        for kind in [AccessReplay.Look.Kind.read, .watch] {
            let look = AccessReplay.Look(kind, at: .read(range), by: Self.user, proven: proven)
            var refused = entry.replay
            refused.looked(look, at: entry.index, told: .refused)
            #expect(refused.check().isEmpty == !isAllowed)
            var shown = entry.replay
            shown.looked(look, at: entry.index, told: .done)
            #expect(shown.check().isEmpty == isAllowed)
            #expect(shown.lookCount == 1)
        }
    }

    @Test("a watch that goes on after its user changed is found, whatever the user may do then")
    func watch() {
        var entry = Self.controlled()
        let look = AccessReplay.Look(.watch, at: .read(.key(Self.key)), by: Self.user, proven: 4)
        entry.replay.looked(look, at: entry.index, told: .done)
        #expect(entry.replay.check().isEmpty)
        entry.commit(
            .changeAccess(.putUser(Self.user, password: .set([1]), roles: .adding([])))
        )
        entry.replay.looked(look, at: entry.index, told: .done)
        #expect(entry.replay.check() == [.watchOutlivedRight(index: entry.index)])
    }

    private static let root = Key(unchecked: Array("/users".utf8))
    private static let sibling = Key(unchecked: Array("/users/1".utf8))

    private static func rule(_ effect: AccessRule.Effect, _ range: KeyRange) -> AccessChange {
        .putRole(role, rules: .adding([AccessRule(effect, to: .read, in: .keys(range))]))
    }

    /// The role may read that, and no more.
    private static func only(_ range: KeyRange) -> AccessChange {
        .putRole(role, rules: .exactly([AccessRule(.allow, to: .read, in: .keys(range))]))
    }

    @Test(
        "after an entry that is not known nothing is judged until a member shows what is in force"
    )
    func gap() {
        var entry = Self.controlled()
        entry.index += 20
        entry.ask(Self.delete(Self.key), of: Self.user, proven: 0, wants: [], told: .done)
        #expect(entry.replay.check().isEmpty && entry.replay.decisionCount == 0)
        // Where nobody is controlled: as an empty state has it.
        entry.replay.stands(Keyspace().access, at: entry.index)
        entry.ask(Self.delete(Self.key), of: Self.user, proven: 0, wants: [], told: .refused)
        #expect(entry.replay.check() == [.rightRefused(index: entry.index)])
    }
}
