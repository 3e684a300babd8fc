internal import Bytes
internal import Keyspace
internal import Wire

// What /v1/auth tells.

extension JSONWriter {
    /// Never what proves a password.
    mutating func user(_ name: AccessName, user: AccessUser) {
        beginObject()
        member("name", string: name.bytes)
        roles(user.roles)
        member("password", bool: !user.password.isEmpty)
        endObject()
    }

    mutating func role(_ name: AccessName, rules: [AccessRule]) {
        beginObject()
        member("name", string: name.bytes)
        self.name("rules")
        beginArray()
        for rule in rules { self.rule(rule) }
        endArray()
        endObject()
    }

    private mutating func roles(_ names: [AccessName]) {
        name("roles")
        beginArray()
        for role in names { string(role.bytes) }
        endArray()
    }

    init(statusOf access: AccessControl) {
        self.init()
        beginObject()
        member("enabled", bool: access.isEnabled)
        member("revision", number: access.revision.rawValue)
        endObject()
    }

    init(_ users: [(name: AccessName, user: AccessUser)]) {
        self.init()
        beginObject()
        name("users")
        beginArray()
        for (name, user) in users { self.user(name, user: user) }
        endArray()
        endObject()
    }

    init(_ roles: [(name: AccessName, role: AccessRole)]) {
        self.init()
        beginObject()
        name("roles")
        beginArray()
        for (name, role) in roles { self.role(name, rules: role.rules) }
        endArray()
        endObject()
    }

    /// The keys that sign tokens, the last of which signs new ones; never what they sign with.
    ///
    /// - Parameter clock: that of the cluster.
    init(keysOf access: AccessControl, at clock: ClusterTime) {
        self.init()
        beginObject()
        name("keys")
        beginArray()
        for (place, key) in access.signingKeys.enumerated() {
            beginObject()
            member("id", number: key.id)
            member("age", milliseconds: clock.rawValue - min(key.since, clock).rawValue)
            member("signs", bool: place == access.signingKeys.count - 1)
            endObject()
        }
        endArray()
        endObject()
    }

    /// Who asks, and what is known of them.
    init(_ principal: Principal, in access: AccessControl) {
        self.init()
        beginObject()
        switch principal.caller {
        case .nobody, .member:
            member("kind", string: "anonymous")
            if access.isEnabled, access.role(.anonymous) != nil { roles([.anonymous]) }
        case .user(let name, _):
            member("kind", string: "user")
            member("name", string: name.bytes)
            roles(access.user(name)?.roles ?? [])
            member("by", string: principal.means)
        case .outside(let subject, let names):
            member("kind", string: "outside")
            member("name", string: subject)
            roles(names)
        }
        if let expiry = principal.expiry { member("expires", number: expiry) }
        member("enabled", bool: access.isEnabled)
        endObject()
    }

    init(_ decision: AccessDecision) {
        self.init()
        beginObject()
        member("allowed", bool: decision.isAllowed)
        let grounds: AccessGrounds? =
            switch decision {
            case .allowed(let grounds), .denied(let grounds): grounds
            case .unauthenticated: nil
            }
        if let grounds {
            member("role", string: grounds.role.bytes)
            name("rule")
            rule(grounds.rule)
        }
        endObject()
    }
}
