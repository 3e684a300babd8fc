import Bytes
import Testing

@testable import Keyspace

@Suite("Users, roles and signing keys")
struct AccessControlTests {
    /// At the level that knows them.
    static func machine() -> Machine {
        var machine = Machine()
        machine.apply(.raiseFeatureLevel(to: FeatureLevel.newest))
        return machine
    }

    static let root = AccessRule(.allow, to: [.admin, .metrics], in: .service)
    static let app = AccessRule(.allow, to: [.read, .write], in: .keys(.subtree(path("/app"))))

    /// Controlled: `root` may do everything, `ann` what lies below `/app`.
    static func controlled() -> Machine {
        var machine = machine()
        let everything = AccessRule(.allow, to: [.read, .write], in: .keys(.all))
        let locks = AccessRule(.allow, to: .lock, in: .names(NamePattern(name: bytes("*"))))
        for change: AccessChange in [
            .putRole(name("root"), rules: .exactly([root, everything, locks])),
            .putRole(name("app"), rules: .exactly([app])),
            .putUser(name("root"), password: .set(bytes("p")), roles: .exactly([name("root")])),
            .putUser(name("ann"), password: .set(bytes("p")), roles: .exactly([name("app")])),
            .enable,
        ] { machine.apply(.changeAccess(change)) }
        return machine
    }

    static func user(_ text: String, of machine: Machine) -> Caller {
        .user(name(text), asOf: machine.keyspace.access.revision)
    }

    private static func apply(_ change: AccessChange, to machine: inout Machine) -> Outcome {
        machine.apply(Request(.changeAccess(change), caller: .member))
    }

    @Test("members of an earlier level know none of it")
    func level() {
        var machine = Machine()
        #expect(machine.apply(.changeAccess(.enable)).refusal == .malformed)
        #expect(machine.apply(Request(.put("/a"), caller: .member)).refusal == .malformed)
        let ann = Caller.user(name("ann"), asOf: .initial)
        #expect(machine.apply(Request(.put("/a"), caller: ann)).refusal == .malformed)
        let roles = Caller.outside(subject: bytes("ann"), roles: [name("app")])
        #expect(machine.apply(Request(.put("/a"), caller: roles)).refusal == .malformed)
        #expect(machine.apply(Request(.put("/a"), caller: caller("ann"))).putResult != nil)
    }

    @Test("access is controlled only while somebody may change that")
    func administrator() {
        var machine = Self.machine()
        #expect(Self.apply(.enable, to: &machine).refusal == .noAdministrator)
        #expect(!machine.keyspace.access.isEnabled)
        machine = Self.controlled()
        #expect(machine.keyspace.access.isEnabled)
        let before = machine.keyspace.access.revision
        let deny = AccessRule(.deny, to: .admin, in: .service)
        for change: AccessChange in [
            .removeUser(name("root")), .removeRole(name("root")),
            .putUser(name("root"), password: .kept, roles: .exactly([])),
            .putUser(name("root"), password: .kept, roles: .removing([name("root")])),
            .putRole(name("root"), rules: .exactly([Self.app])),
            .putRole(name("root"), rules: .adding([deny])),
        ] {
            #expect(Self.apply(change, to: &machine).refusal == .noAdministrator, "\(change)")
        }
        #expect(machine.keyspace.access.revision == before)
        #expect(Self.apply(.disable, to: &machine) == .accessChanged(before.next))
        #expect(Self.apply(.removeUser(name("root")), to: &machine).refusal == nil)
    }

    @Test("what was proven before a change of the user, its roles or their rules counts no more")
    func outdated() {
        let changes: [(AccessChange, Bool)] = [
            (.putUser(name("ann"), password: .set(bytes("q")), roles: .adding([])), false),
            (.putUser(name("ann"), password: .kept, roles: .adding([name("root")])), false),
            (.removeUser(name("ann")), false),
            (.putRole(name("app"), rules: .adding([Self.root])), false),
            (.removeRole(name("app")), false),
            (.putUser(name("bob"), password: .kept, roles: .exactly([name("app")])), true),
            (.putRole(name("other"), rules: .exactly([Self.app])), true),
            (.removeUser(name("bob")), true),
            (.addSigningKey(secret: Array(0..<32)), true),
        ]
        for (change, isStill) in changes {
            var machine = Self.controlled()
            let bob = AccessChange.putUser(name("bob"), password: .kept, roles: .exactly([]))
            _ = Self.apply(bob, to: &machine)
            let ann = Self.user("ann", of: machine)
            let requirement = AccessRequirement.read(.key(path("/app/x")))
            #expect(machine.keyspace.access.decide(ann, on: requirement).isAllowed)
            #expect(Self.apply(change, to: &machine).refusal == nil, "\(change)")
            let decision = machine.keyspace.access.decide(ann, on: requirement)
            #expect(decision.isAllowed == isStill, "\(change)")
            #expect(isStill || decision == .unauthenticated)
        }
    }

    @Test("nobody, somebody of another issuer, and one from the future")
    func callers() {
        var machine = Self.controlled()
        let read = AccessRequirement.read(.key(path("/app/x")))
        func decide(_ caller: Caller) -> AccessDecision {
            machine.keyspace.access.decide(caller, on: read)
        }
        #expect(decide(.nobody) == .unauthenticated)
        #expect(decide(.member).isAllowed)
        let later = machine.keyspace.access.revision.next
        #expect(decide(.user(name("ann"), asOf: later)) == .unauthenticated)
        #expect(decide(.user(name("carl"), asOf: .initial)) == .unauthenticated)
        #expect(decide(.outside(subject: bytes("x"), roles: [])) == .denied(nil))
        #expect(decide(.outside(subject: bytes("x"), roles: [name("app")])).isAllowed)
        #expect(!decide(.outside(subject: bytes("x"), roles: [name("none")])).isAllowed)
        machine.apply(
            Request(
                .changeAccess(.putRole(.anonymous, rules: .exactly([Self.app]))),
                caller: .member
            )
        )
        #expect(decide(.nobody).isAllowed)
        #expect(
            machine.keyspace.access.decide(.nobody, on: .write(.key(path("/b"))))
                == .unauthenticated
        )
    }

    @Test("changes of lists, unknown names, and bounds")
    func changes() {
        var machine = Self.controlled()
        #expect(Self.apply(.removeUser(name("x")), to: &machine).refusal == .notFound(.user))
        #expect(Self.apply(.removeRole(name("x")), to: &machine).refusal == .notFound(.role))
        let unknown = AccessChange.putUser(
            name("x"),
            password: .kept,
            roles: .exactly([name("app"), name("none")])
        )
        #expect(Self.apply(unknown, to: &machine).refusal == .notFound(.role))
        _ = Self.apply(.putRole(name("app"), rules: .adding([Self.root, Self.app])), to: &machine)
        #expect(machine.keyspace.access.role(name("app"))?.rules == [Self.app, Self.root])
        _ = Self.apply(.putRole(name("app"), rules: .removing([Self.app])), to: &machine)
        #expect(machine.keyspace.access.role(name("app"))?.rules == [Self.root])
        _ = Self.apply(.removeRole(name("app")), to: &machine)
        #expect(machine.keyspace.access.user(name("ann"))?.roles == [])
        let many = (0...AccessRole.ruleCountMax / 2).map { number in
            AccessRule(.allow, to: .read, in: .keys(.key(path("/\(number)"))))
        }
        let more = many.map { AccessRule(.allow, to: .write, in: $0.scope) }
        #expect(Self.apply(.putRole(name("m"), rules: .adding(many)), to: &machine).refusal == nil)
        #expect(
            Self.apply(.putRole(name("m"), rules: .adding(more)), to: &machine).refusal
                == .tooManyAccessItems(countMax: UInt64(AccessRole.ruleCountMax))
        )
        let wide = (0..<AccessRole.ruleCountMax).map { number in
            let long = [UInt8](repeating: UInt8(number), count: Key.byteCountMax)
            return AccessRule(.allow, to: .read, in: .keys(.key(Key(unchecked: long))))
        }
        let refusals = (0..<9).map { number in
            Self.apply(.putRole(name("w\(number)"), rules: .exactly(wide)), to: &machine).refusal
        }
        #expect(refusals.first == .some(nil))
        #expect(
            refusals.last == .accessTooLarge(byteCountMax: UInt64(AccessControl.byteCountMax))
        )
    }

    @Test("a signing key is kept until the last of its tokens is over")
    func signingKeys() {
        var machine = Self.controlled()
        func secret(_ byte: UInt8) -> AccessChange {
            .addSigningKey(secret: [UInt8](repeating: byte, count: 32))
        }
        func ids() -> [UInt8?] { machine.keyspace.access.signingKeys.map(\.secret.first) }
        _ = Self.apply(secret(1), to: &machine)
        machine.time += SigningKey.tokenMillisecondsMax
        _ = Self.apply(secret(2), to: &machine)
        #expect(ids() == [1, 2])
        machine.time += SigningKey.tokenMillisecondsMax - 1
        _ = Self.apply(secret(3), to: &machine)
        #expect(ids() == [1, 2, 3])
        machine.time += 1
        _ = Self.apply(secret(4), to: &machine)
        #expect(ids() == [2, 3, 4])
        let id = machine.keyspace.access.signingKeys[1].id
        _ = Self.apply(.retireSigningKey(id), to: &machine)
        #expect(Self.apply(.retireSigningKey(id), to: &machine).refusal == .notFound(.signingKey))
        #expect(ids() == [2, 4])
        for byte in 10..<40 { _ = Self.apply(secret(UInt8(byte)), to: &machine) }
        #expect(ids().count == SigningKey.countMax)
        var keyspace = machine.keyspace
        #expect(throws: Never.self) { try keyspace.restore(raisedBy: 1_000) }
        #expect(keyspace.access.signingKeys.isEmpty)
        #expect(keyspace.access.revision == machine.keyspace.access.revision.next)
    }

    @Test("a snapshot has all of it, and the first forms nothing")
    func snapshots() throws {
        var machine = Self.controlled()
        for change in Samples.accessChanges where change != .disable {
            _ = Self.apply(change, to: &machine)
        }
        _ = Self.apply(.addSigningKey(secret: Array(0..<32)), to: &machine)
        try machine.restartTwin()
        let ann = Self.user("root", of: machine)
        machine.apply(Request(.put("/b"), caller: ann))
        var encoder = SnapshotEncoder(machine.keyspace.freeze())
        var bytes: [UInt8] = []
        while let chunk = encoder.next() { bytes += chunk }
        #expect(bytes[2] == 6, "the header's first number is the format")
        bytes[2] = 4
        #expect(throws: SnapshotError.self) {
            var decoder = SnapshotDecoder()
            try decoder.feed(bytes)
        }
    }
}
