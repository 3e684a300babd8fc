import Bytes
import Testing

@testable import Keyspace

/// What a caller may have done, as it is applied. Each entry goes to two replicas, as a value and as
/// bytes, which must agree.
@Suite("Access is decided where a command is applied")
struct AccessEnforcementTests {
    private static func user(_ text: String, of machine: Machine) -> Caller {
        AccessControlTests.user(text, of: machine)
    }

    private static func administer(_ change: AccessChange, _ machine: inout Machine) {
        let outcome = machine.apply(Request(.changeAccess(change), caller: .member))
        #expect(outcome.refusal == nil, "\(change)")
    }

    /// Gives `name` a role of its own, with these rules.
    private static func admit(_ text: String, _ rules: [AccessRule], _ machine: inout Machine) {
        administer(.putRole(name(text), rules: .exactly(rules)), &machine)
        let roles = ListChange.exactly([name(text)])
        administer(.putUser(name(text), password: .kept, roles: roles), &machine)
    }

    private static let locks = AccessRule(
        .allow,
        to: .lock,
        in: .names(NamePattern(name: bytes("*")))
    )

    @Test("a plain put: who may, who may not, and who is nobody")
    func puts() {
        var machine = AccessControlTests.controlled()
        let ann = Self.user("ann", of: machine)
        func put(_ key: String, _ caller: Caller) -> Outcome {
            machine.apply(Request(.put(key), caller: caller))
        }
        #expect(put("/app/a", ann).putResult != nil)
        #expect(put("/b", ann).refusal == .denied(.write))
        #expect(put("/app/a", .nobody).refusal == .unauthenticated)
        #expect(put("/app/a", caller("ann")).refusal == .denied(.write))
        #expect(put("/b", .member).putResult != nil)
        let app = Caller.outside(subject: bytes("ann"), roles: [name("app")])
        #expect(put("/app/a", app).putResult?.version == 2)
        #expect(put("/b", app).refusal == .denied(.write))
        let record = machine.keyspace.store.get(path("/app/a"))
        #expect(record?.provenance.author == bytes("ann"))
        let revision = machine.keyspace.store.revision
        Self.administer(.putRole(name("app"), rules: .exactly([])), &machine)
        #expect(put("/app/a", ann).refusal == .unauthenticated)
        #expect(put("/app/a", Self.user("ann", of: machine)).refusal == .denied(.write))
        #expect(machine.keyspace.store.revision == revision)
        Self.administer(.disable, &machine)
        #expect(put("/b", .nobody).putResult != nil)
    }

    @Test("the short way to a caller's put is no other than the long one")
    func signedPuts() {
        for caller in Samples.callers {
            let bytes = encoding(Request(.put("/app/é", value: "v"), caller: caller))
            let key = Array("/app/é".utf8)
            let value: [UInt8] = [0x76]
            #expect(Request.encodedPut(key.span, value: value.span, by: caller) == bytes)
            for place in bytes.indices {
                for bit in 0..<8 {
                    var damaged = bytes
                    damaged[place] ^= 1 << UInt8(bit)
                    guard let put = SignedPut(damaged) else { continue }
                    #expect((try? Request(decoding: damaged)) == put.request)
                }
            }
            if caller.featureLevel == FeatureLevel.third {
                #expect(SignedPut(bytes)?.request.caller == caller)
            } else {
                #expect(SignedPut(bytes) == nil)
            }
        }
    }

    @Test("nobody's user may do nothing of all that there is", arguments: [true, false])
    func matrix(isKnown: Bool) {
        var machine = AccessControlTests.controlled()
        machine.apply(Request(.raiseFeatureLevel(to: FeatureLevel.newest), caller: .member))
        Self.admit("bob", [], &machine)
        let caller: Caller = isKnown ? Self.user("bob", of: machine) : .nobody
        let before = machine.keyspace.store.revision
        for command in Samples.commands {
            let outcome = machine.apply(Request(command, caller: caller))
            switch (command, isKnown, outcome.refusal) {
            case (_, false, .unauthenticated), (_, true, .denied): break
            case (.grantLease, true, _), (.keepAlive, true, _),
                (.revokeLease, true, .notFound(.lease)):
                break
            case (.transaction(let whole), true, _) where whole.operationCount == 0: break
            default: Issue.record("\(command): \(outcome)")
            }
        }
        #expect(machine.keyspace.store.revision == before)
        #expect(machine.keyspace.access.isEnabled)
    }

    @Test("every part of what is asked for counts")
    func parts() {
        var machine = AccessControlTests.controlled()
        let secret = AccessRule(.deny, to: .read, in: .keys(.subtree(path("/app/secret"))))
        Self.admit("bob", [AccessControlTests.app, secret], &machine)
        let bob = Self.user("bob", of: machine)
        func ask(_ command: Command) -> Refusal? {
            machine.apply(Request(command, caller: bob)).refusal
        }
        func transact(_ operation: Transaction.Operation) -> Refusal? {
            ask(.transaction(Transaction(compares: [], then: [], otherwise: [operation])))
        }
        func nested(_ operation: Transaction.Operation) -> Transaction.Operation {
            .transaction(Transaction(compares: [], then: [operation], otherwise: []))
        }
        func put(_ key: String, returnsPrevious: Bool) -> Transaction.Operation {
            .put(
                .init(
                    key: path(key),
                    value: .bytes([]),
                    lease: .none,
                    returnsPrevious: returnsPrevious
                )
            )
        }
        #expect(ask(.put("/app/secret/x")) == nil)
        #expect(ask(.put("/app/secret/x", if: .exists)) == .denied(.read))
        #expect(ask(.delete("/app/secret/x", if: .exists)) == .denied(.read))
        #expect(transact(put("/app/secret/x", returnsPrevious: false)) == nil)
        #expect(transact(put("/app/secret/x", returnsPrevious: true)) == .denied(.read))
        #expect(transact(.delete(.subtree(path("/app")), returnsPrevious: true)) == .denied(.read))
        #expect(transact(.get(RangeQuery(.key(path("/b"))))) == .denied(.read))
        #expect(transact(nested(put("/b", returnsPrevious: false))) == .denied(.write))
        #expect(transact(nested(nested(.delete(.key(path("/b")))))) == .denied(.write))
        let compare = Transaction.Compare(.all, comparison: .equal, target: .version(1))
        let peek = Transaction(compares: [compare], then: [], otherwise: [])
        #expect(ask(.transaction(peek)) == .denied(.read))
        #expect(ask(.createChild(parent: path("/app/q"), value: [], lease: .none)) == nil)
        #expect(
            ask(.createChild(parent: path("/q"), value: [], lease: .none)) == .denied(.write)
        )
        let tree = TreeWrite(
            root: path("/app"),
            edits: [.value(path("/app/x"), [])],
            mode: .merge,
            condition: .none
        )
        #expect(ask(.writeTree(tree)) == nil)
        let whole = TreeWrite(root: path("/app"), edits: [], mode: .replace, condition: .none)
        #expect(ask(.writeTree(whole)) == .denied(.read))
        let fence = Fence(lock: bytes("l"), token: FencingToken(rawValue: 1))
        let fenced = machine.apply(Request(.put("/app/x"), fences: [fence], caller: bob))
        #expect(fenced.refusal == .denied(.lock))
    }

    @Test("a user changes its own password, and nothing else; without one it gives itself none")
    func ownPassword() {
        var machine = AccessControlTests.controlled()
        func set(_ text: String, for user: String, by caller: String) -> Refusal? {
            let change = AccessChange.putUser(
                name(user),
                password: .set(bytes(text)),
                roles: .removing([])
            )
            let caller = Self.user(caller, of: machine)
            return machine.apply(Request(.changeAccess(change), caller: caller)).refusal
        }
        #expect(set("q", for: "ann", by: "ann") == nil)
        #expect(set("q", for: "root", by: "ann") == .denied(.admin))
        Self.administer(
            .putUser(name("ann"), password: .removed, roles: .removing([])),
            &machine
        )
        #expect(set("first", for: "ann", by: "ann") == .denied(.admin))
        #expect(machine.keyspace.access.user(name("ann"))?.password == [])
        #expect(set("first", for: "ann", by: "root") == nil)
        #expect(set("second", for: "ann", by: "ann") == nil)
    }

    @Test("an earlier answer is told to nobody who may not ask any more")
    func replay() {
        var machine = AccessControlTests.controlled()
        let ann = Self.user("ann", of: machine)
        func put(_ caller: Caller) -> Outcome {
            let stamp = IdempotencyStamp(key: [1], fingerprint: Array(0..<32))
            return machine.apply(Request(.put("/app/a"), idempotency: stamp, caller: caller))
        }
        #expect(put(ann).putResult?.version == 1)
        #expect(put(ann).putResult?.version == 1)
        Self.administer(.putRole(name("app"), rules: .adding([Self.locks])), &machine)
        #expect(put(ann).refusal == .unauthenticated)
        // What was refused for that is not kept: the answer is still the first.
        #expect(put(Self.user("ann", of: machine)).putResult?.version == 1)
        Self.administer(.putRole(name("app"), rules: .exactly([])), &machine)
        #expect(put(Self.user("ann", of: machine)).refusal == .denied(.write))
    }

    @Test("an idempotency key is its caller's own, whatever proves who that is")
    func ownKeys() {
        var machine = AccessControlTests.controlled()
        Self.admit("bob", [AccessControlTests.app], &machine)
        func put(_ caller: Caller) -> Outcome {
            let stamp = IdempotencyStamp(key: [1], fingerprint: Array(0..<32))
            return machine.apply(
                Request(.put("/app/a"), idempotency: stamp).asked(by: caller)
            )
        }
        #expect(put(Self.user("ann", of: machine)).putResult?.version == 1)
        #expect(put(Self.user("bob", of: machine)).putResult?.version == 2)
        let namesake = Caller.outside(subject: bytes("jwt:ann"), roles: [name("app")])
        #expect(put(namesake).putResult?.version == 3)
        // A later login is the same user.
        Self.administer(.putRole(name("app"), rules: .adding([Self.locks])), &machine)
        #expect(put(Self.user("ann", of: machine)).putResult?.version == 1)
        Self.administer(.disable, &machine)
        #expect(put(.nobody).putResult?.version == 4)
    }

    @Test("a lease is its creator's, and whoever's its keys and locks are")
    func leases() throws {
        var machine = AccessControlTests.controlled()
        Self.admit("bob", [AccessControlTests.app], &machine)
        let (ann, bob) = (Self.user("ann", of: machine), Self.user("bob", of: machine))
        let root = Self.user("root", of: machine)
        func grant(_ caller: Caller) -> LeaseID {
            let command = Command.grantLease(nil, timeToLiveMilliseconds: 60_000)
            return machine.apply(Request(command, caller: caller)).lease ?? .max
        }
        func keeps(_ id: LeaseID, _ caller: Caller) -> Bool {
            let outcome = machine.apply(Request(.keepAlive([id]), caller: caller))
            guard case .keptAlive(let standings) = outcome else { return false }
            let mayKeep = machine.keyspace.mayUse(id, as: caller, for: .keeping)
            #expect(mayKeep == (standings != [nil]))
            return standings != [nil]
        }
        let lease = grant(ann)
        #expect(keeps(lease, ann) && keeps(lease, root) && !keeps(lease, bob))
        #expect(!machine.keyspace.mayUse(lease, as: bob, for: .seeing))
        let namesake = Caller.outside(subject: bytes("ann"), roles: [])
        #expect(!keeps(lease, namesake) && !keeps(lease, .nobody))
        machine.apply(Request(.put("/app/a", lease: .lease(lease)), caller: ann))
        #expect(keeps(lease, bob) && !keeps(lease, namesake))
        machine.apply(Request(.put("/b", lease: .lease(lease)), caller: root))
        // Nor does its creator any more, who may not have what it holds.
        #expect(!keeps(lease, bob) && !keeps(lease, ann) && keeps(lease, root))
        #expect(
            machine.apply(Request(.revokeLease(lease), caller: bob)).refusal == .notFound(.lease)
        )
        try machine.restartTwin()
        #expect(machine.keyspace.mayUse(lease, as: ann, for: .seeing))
        let own = Command.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000))
        let held = try #require(machine.apply(Request(own, caller: root)).grant)
        #expect(keeps(held.lease, root) && !keeps(held.lease, ann))
        #expect(machine.apply(Request(.revokeLease(lease), caller: ann)).refusal == nil)
        #expect(machine.keyspace.lease(lease) == nil)
    }

    @Test(
        "who loses a right keeps alive nothing that it was for; a later user of the name has none"
    )
    func lostRights() throws {
        for holding in ["key", "lock", "place"] {
            var machine = AccessControlTests.controlled()
            Self.admit("bob", [AccessControlTests.app, Self.locks], &machine)
            let grant = Command.grantLease(nil, timeToLiveMilliseconds: 60_000)
            let lease = try #require(
                machine.apply(Request(grant, caller: Self.user("bob", of: machine))).lease
            )
            func acquire(_ ownership: LockRequest.Ownership, by user: String) -> Outcome {
                let command = Command.acquire(lock("l"), ownership: ownership)
                return machine.apply(Request(command, caller: Self.user(user, of: machine)))
            }
            switch holding {
            case "key":
                let put = Command.put("/app/b", lease: .lease(lease))
                #expect(
                    machine.apply(Request(put, caller: Self.user("bob", of: machine))).refusal
                        == nil
                )
            case "lock": #expect(acquire(.lease(lease), by: "bob").grant != nil)
            default:
                _ = acquire(.own(timeToLiveMilliseconds: 60_000), by: "root")
                #expect(acquire(.lease(lease), by: "bob").place != nil)
            }
            func keeps(_ user: String) -> Bool {
                let caller = Self.user(user, of: machine)
                let outcome = machine.apply(Request(.keepAlive([lease]), caller: caller))
                return outcome != .keptAlive([nil])
            }
            #expect(keeps("bob"), "\(holding)")
            Self.administer(.putRole(name("bob"), rules: .exactly([])), &machine)
            #expect(!keeps("bob"), "\(holding)")
            // It may still end it.
            let bob = Self.user("bob", of: machine)
            #expect(machine.keyspace.mayUse(lease, as: bob, for: .changing))
            Self.administer(.removeUser(name("bob")), &machine)
            Self.admit("bob", [], &machine)
            try machine.restartTwin()
            #expect(!keeps("bob") && keeps("root"), "\(holding)")
            let namesake = Self.user("bob", of: machine)
            for use in [Keyspace.LeaseUse.seeing, .keeping, .changing] {
                #expect(!machine.keyspace.mayUse(lease, as: namesake, for: use))
            }
        }
    }

    @Test("nothing is tied to somebody else's lease by who may not change it")
    func ties() throws {
        var machine = AccessControlTests.controlled()
        Self.admit("ann", [AccessControlTests.app, Self.locks], &machine)
        Self.admit("bob", [AccessControlTests.app, Self.locks], &machine)
        let (ann, bob) = (Self.user("ann", of: machine), Self.user("bob", of: machine))
        let root = Self.user("root", of: machine)
        let grant = Command.grantLease(nil, timeToLiveMilliseconds: 60_000)
        let lease = try #require(machine.apply(Request(grant, caller: ann)).lease)
        let put = Transaction.Operation.put(
            key: path("/app/b"),
            value: [],
            lease: lease
        )
        let commands: [Command] = [
            .put("/app/b", lease: .lease(lease)),
            .createChild(parent: path("/app"), value: [], lease: .lease(lease)),
            .transaction(Transaction(compares: [], then: [put], otherwise: [])),
            .acquire(lock("l"), ownership: .lease(lease)),
        ]
        for command in commands {
            let refusal = machine.apply(Request(command, caller: bob)).refusal
            #expect(refusal == .notFound(.lease), "\(command)")
        }
        #expect(!machine.keyspace.mayUse(lease, as: bob, for: .changing))
        // Its creator may, and then whoever may have all that it holds.
        for caller in [ann, bob, root] {
            for command in commands {
                #expect(machine.apply(Request(command, caller: caller)).refusal == nil)
            }
        }
        machine.apply(Request(.put("/b", lease: .lease(lease)), caller: root))
        for command in commands {
            #expect(machine.apply(Request(command, caller: bob)).refusal == .notFound(.lease))
        }
        // Who holds it asks again; a stranger is not told its token.
        #expect(machine.apply(Request(commands[3], caller: ann)).grant != nil)
    }

    @Test("a waiter's right is that of when it would be granted")
    func waiters() throws {
        let changes: [(AccessChange, Bool)] = [
            (.putRole(name("bob"), rules: .exactly([])), false),
            (.removeUser(name("bob")), false),
            (.putUser(name("bob"), password: .set([1]), roles: .adding([])), false),
            (.putRole(name("bob"), rules: .adding([AccessControlTests.app])), true),
            (.disable, true),
        ]
        for (change, isGranted) in changes {
            var machine = AccessControlTests.controlled()
            Self.admit("bob", [Self.locks], &machine)
            let (bob, root) = (Self.user("bob", of: machine), Self.user("root", of: machine))
            let own = LockRequest.Ownership.own(timeToLiveMilliseconds: 60_000)
            let acquire = Command.acquire(lock("l"), ownership: own)
            let first = try #require(machine.apply(Request(acquire, caller: root)).grant)
            let place = try #require(machine.apply(Request(acquire, caller: bob)).place)
            try machine.restartTwin()
            Self.administer(change, &machine)
            machine.apply(Request(.release(lock("l"), .token(first.token)), caller: .member))
            let holders = machine.keyspace.holders(of: lock("l"))
            #expect(holders.map(\.lease) == (isGranted ? [place.lease] : []), "\(change)")
            #expect(machine.keyspace.waiters(of: lock("l"), countMax: 9).count == 0)
            #expect((machine.keyspace.lease(place.lease) != nil) == isGranted)
            guard !isGranted else { continue }
            let isTold = machine.last.contestEvents.contains(
                .ended(lock("l"), lease: place.lease, because: .denied)
            )
            #expect(isTold)
        }
    }

    @Test("nobody releases what every holder has but an administrator")
    func release() {
        var machine = AccessControlTests.controlled()
        Self.admit("bob", [Self.locks], &machine)
        let bob = Self.user("bob", of: machine)
        let own = Command.acquire(lock("l"), ownership: .own(timeToLiveMilliseconds: 60_000))
        #expect(machine.apply(Request(own, caller: bob)).grant != nil)
        let command = Command.release(lock("l"), .everyHolder)
        #expect(machine.apply(Request(command, caller: bob)).refusal == .denied(.admin))
        let root = Self.user("root", of: machine)
        #expect(machine.apply(Request(command, caller: root)).refusal == nil)
    }
}
