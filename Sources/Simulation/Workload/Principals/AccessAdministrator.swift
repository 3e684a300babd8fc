internal import Bytes
internal import Keyspace

/// Puts access under control, and then changes users, passwords, roles and rules, one of them after
/// another.
final class AccessAdministrator: ClientRole {
    let client: SimulatedClient
    /// What is still to be done before access is controlled, the next one first.
    private var setup: ArraySlice<AccessChange>
    private var isPending = false
    /// What was asked for last.
    private var change = AccessChange.enable

    init(_ client: SimulatedClient) {
        self.client = client
        let everything: [AccessRule] = [
            AccessRule(.allow, to: [.read, .write], in: .keys(.all)),
            AccessRule(.allow, to: .lock, in: .names(NamePattern(name: [UInt8(ascii: "*")]))),
            AccessRule(.allow, to: [.admin, .metrics], in: .service),
        ]
        setup = [
            .putRole(Principals.crowd, rules: .exactly(everything)),
            .putUser(
                Principals.administrator,
                password: .kept,
                roles: .exactly([Principals.crowd])
            ),
        ]
        for number in 0..<Principals.roleCount {
            let rules = number == 0 ? everything.dropLast() : []
            setup.append(.putRole(Principals.role(number), rules: .exactly(Array(rules))))
        }
        for number in 0..<Principals.userCount {
            let roles = [Principals.role(0)]
            setup.append(
                .putUser(Principals.user(number), password: .kept, roles: .exactly(roles))
            )
        }
        setup.append(.enable)
    }

    func act() {
        guard !isPending else { return }
        guard let member = client.reachableMember() else { return client.tryAgain() }
        isPending = true
        guard members.areCallersKnown else { return client.read(at: member) }
        change = setup.first ?? draw()
        client.propose(Request(.changeAccess(change)), to: member)
    }

    func hear(_ result: RequestResult) {
        isPending = false
        if case .answered(let answer) = result, case .accessChanged = answer.outcome {
            client.count(.accessChanged)
            _ = setup.popFirst()
        }
        // Whatever became of it.
        if change == .disable { setup = [.enable] }
        client.wake(after: setup.isEmpty ? world.random(500_000...4_000_000) : 50_000)
    }

    private func draw() -> AccessChange {
        let user = Principals.user(world.pick(Principals.userCount))
        let role = Principals.role(world.pick(Principals.roleCount))
        switch world.pick(20) {
        case 0: return .disable
        case 1...3:
            let password = [UInt8(truncatingIfNeeded: world.pick(256))]
            return .putUser(user, password: .set(password), roles: .adding([]))
        case 4...8:
            let roles = (0..<Principals.roleCount).filter { _ in world.pick(2) == 0 }
            return .putUser(user, password: .kept, roles: .exactly(roles.map(Principals.role)))
        case 9...10: return .putUser(user, password: .kept, roles: .adding([role]))
        case 11: return .removeUser(user)
        case 12...13: return .putRole(role, rules: .adding([drawRule()]))
        default:
            let rules = (0...world.pick(4)).map { _ in drawRule() }
            return .putRole(role, rules: .exactly(rules))
        }
    }

    private func drawRule() -> AccessRule {
        let key = Principals.keys.pick(&world.chance)
        switch world.pick(12) {
        case 0: return AccessRule(.deny, to: .write, in: .keys(.key(key)))
        case 1: return AccessRule(.deny, to: .lock, in: .names(NamePattern(name: Array("a*".utf8))))
        case 2, 3: return AccessRule(.allow, to: .write, in: .keys(.key(key)))
        case 4...6:
            let range = KeyRange.subtree(Principals.root)
            return AccessRule(.allow, to: [.read, .write], in: .keys(range))
        case 7:
            let range = KeyRange.interval(from: key.bytes, to: Principals.root.bytes + [0x30])
            return AccessRule(.allow, to: .write, in: .keys(range))
        default:
            let names = NamePattern(name: Principals.lock.name)
            return AccessRule(.allow, to: .lock, in: .names(names))
        }
    }
}
