internal import Bytes

/// Who may do what: users, their roles, and the keys that sign tokens. Replicated, and so decided
/// with exactly as it is where a command is applied.
package struct AccessControl: Sendable {
    /// The most that users, roles and rules may take, in bytes, a few for each included.
    package static let byteCountMax = 8 << 20

    /// Whether anything is refused for want of a rule. While it is not, nobody needs to be anybody.
    package internal(set) var isEnabled = false
    /// Rises with every change of anything here.
    package internal(set) var revision = AuthRevision.initial
    var users = SortedMap<AccessName, AccessUser>()
    var roles = SortedMap<AccessName, AccessRole>()
    /// What tokens are signed with: the last with which new ones are, those before it until their
    /// tokens are over.
    package internal(set) var signingKeys: [SigningKey] = []
    /// What `byteCountMax` bounds.
    var byteCount = 0
    /// Over every user, role and signing key.
    private(set) var sum = StateHash()

    init() {}

    /// The user of that name.
    package func user(_ name: AccessName) -> AccessUser? { users[name] }

    /// Whether there is such a user, and it has a password.
    package func hasPassword(_ name: AccessName) -> Bool {
        users[name].map { !$0.password.isEmpty } ?? false
    }

    /// The role of that name.
    package func role(_ name: AccessName) -> AccessRole? { roles[name] }

    /// At most `countMax` users after `name`, in the order of names.
    package func users(
        after name: AccessName?,
        countMax: Int
    ) -> [(name: AccessName, user: AccessUser)] {
        let elements = name.map { users.elements(after: $0) } ?? users.elements
        return elements.prefix(countMax).map { ($0.key, $0.value) }
    }

    /// At most `countMax` roles after `name`, in the order of names.
    package func roles(
        after name: AccessName?,
        countMax: Int
    ) -> [(name: AccessName, role: AccessRole)] {
        let elements = name.map { roles.elements(after: $0) } ?? roles.elements
        return elements.prefix(countMax).map { ($0.key, $0.value) }
    }

    // MARK: Decisions

    /// Whether the caller may do that now, and by which rule.
    ///
    /// - Complexity: O(rules of the caller's roles), with one allocation at most for a single key
    package func decide(
        _ caller: Caller,
        on requirement: AccessRequirement
    ) -> AccessDecision {
        guard isEnabled else { return .allowed(nil) }
        switch caller {
        case .member: return .allowed(nil)
        case .nobody:
            guard case .allowed(let grounds) = decide([.anonymous], on: requirement),
                grounds != nil
            else { return .unauthenticated }
            return .allowed(grounds)
        case .user(let name, let proven):
            guard let user = users[name], user.admits(asOf: proven), proven <= revision else {
                return .unauthenticated
            }
            return decide(user.roles, on: requirement)
        case .outside(_, let roles): return decide(roles, on: requirement)
        }
    }

    /// What somebody with these roles may do, whether access is controlled or not.
    package func decide(
        _ names: [AccessName],
        on requirement: AccessRequirement
    ) -> AccessDecision {
        guard var reading = RuleReading(requirement) else { return .allowed(nil) }
        for name in names {
            guard let role = roles[name] else { continue }
            for rule in role.rules { reading.read(rule, of: name) }
        }
        return reading.decision()
    }

    /// Whether some user may change users and roles, so that access can be controlled.
    ///
    /// - Complexity: O(users · rules)
    package var hasAdministrator: Bool {
        users.elements.contains { decide($0.value.roles, on: .admin).isAllowed }
    }

    /// Whether one of them can log in by a password, whatever certificates and tokens are worth.
    ///
    /// - Complexity: O(users · rules)
    package var hasAdministratorWithPassword: Bool {
        users.elements.contains {
            !$0.value.password.isEmpty && decide($0.value.roles, on: .admin).isAllowed
        }
    }

    // MARK: Changes of one thing

    mutating func set(_ user: AccessUser?, for name: AccessName) {
        if let before = user.map({ users.insert($0, for: name) }) ?? users.remove(name) {
            byteCount -= before.byteCount(under: name)
            sum.remove(before.item(name))
        }
        if let user {
            byteCount += user.byteCount(under: name)
            sum.add(user.item(name))
        }
    }

    mutating func set(_ role: AccessRole?, for name: AccessName) {
        if let before = role.map({ roles.insert($0, for: name) }) ?? roles.remove(name) {
            byteCount -= before.byteCount(under: name)
            sum.remove(before.item(name))
        }
        if let role {
            byteCount += role.byteCount(under: name)
            sum.add(role.item(name))
        }
    }

    mutating func set(signingKeys keys: [SigningKey]) {
        for key in signingKeys { sum.remove(key.item) }
        signingKeys = keys
        for key in signingKeys { sum.add(key.item) }
    }
}

/// What few clusters have and each write may meet. It lies outside of the state of which it is a part,
/// which is moved about far more often than this is changed or looked at.
final class SharedRules: Sendable {
    let access: AccessControl
    let guards: WriteGuards
    /// Whether any of it may refuse a write: what most writes look at.
    let mayRefuse: Bool

    init(access: AccessControl = AccessControl(), guards: WriteGuards = WriteGuards()) {
        self.access = access
        self.guards = guards
        mayRefuse = access.isEnabled || !guards.isEmpty
    }
}

extension AccessName {
    /// The role that nobody in particular has, if there is one.
    package static let anonymous = AccessName(unchecked: Array("anonymous".utf8))
}
