internal import Credentials
internal import Keyspace
internal import Wire

// Requests of /v1/auth, understood.

extension AccessCall {
    /// A call without a name in its path.
    init(
        _ resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters
    ) throws(Problem) {
        switch resource {
        case .authStatus: self.init(.status)
        case .authLogin: self.init(try Self.login(request))
        case .authCan: self.init(try Self.can(&parameters))
        case .authEnable:
            self.init(.enable(try parameters.flag("force") ? .forced : .careful))
        case .authDisable: self.init(.change(.disable))
        case .authKeys: self.init(.keys)
        case .authKeyRotation: self.init(.rotateKeys)
        case .authUsers:
            self.init(
                .users(after: try parameters.accessName("after"), limit: try parameters.limit())
            )
        case .authRoles:
            self.init(
                .roles(after: try parameters.accessName("after"), limit: try parameters.limit())
            )
        default: self.init(.whoAmI)
        }
    }

    /// A call about one user or role.
    init(_ name: AccessName, resource: Resource, request: HTTPRequest) throws(Problem) {
        switch (resource, request.method) {
        case (.authUser, .put): self.init(try Self.putUser(name, request: request))
        case (.authUser, .delete): self.init(.change(.removeUser(name)))
        case (.authUser, _): self.init(.user(name))
        case (_, .put): self.init(.change(.putRole(name, rules: try Self.rules(request))))
        case (_, .delete): self.init(.change(.removeRole(name)))
        default: self.init(.role(name))
        }
    }

    private static func login(_ request: HTTPRequest) throws(Problem) -> Purpose {
        let body = try Body(request, known: ["user", "password", "ttl"])
        guard let user = try body.string("user") else {
            throw body.fault("user", fault: "is missing")
        }
        guard let name = AccessName(user) else { throw .accessName("The field \"user\"") }
        guard let password = try body.string("password") else {
            throw body.fault("password", fault: "is missing")
        }
        let life = try body.duration("ttl").map { $0.milliseconds / 1000 }
        if let life, !(1...SessionToken.lifeSecondsMax).contains(life) {
            throw body.fault("ttl", fault: "lies outside 1s to 30d")
        }
        return .login(
            name,
            password: password,
            lifeSeconds: life ?? SessionToken.lifeSecondsDefault
        )
    }

    private static func putUser(
        _ name: AccessName,
        request: HTTPRequest
    ) throws(Problem) -> Purpose {
        guard name.isUsersName else { throw .userName }
        let body = try Body(
            request,
            known: ["password", "old_password", "roles", "grant", "revoke"]
        )
        let password = try body.string("password")
        if let password, !PasswordHash.passwordByteCounts.contains(password.count) {
            throw body.fault(
                "password",
                fault: "has \(password.count) bytes; 8 to 1024 are allowed"
            )
        }
        guard password?.contains(0) != true else {
            throw body.fault("password", fault: "has a byte of zero, which no password may have")
        }
        guard password == nil || name.mayHavePassword else {
            throw body.fault(
                "password",
                fault:
                    "is of no use to a name with a colon, where Basic ends it: such a user comes with a certificate"
            )
        }
        let lists: [ListChange<AccessName>?] = [
            try body.names("roles").map { .exactly($0) },
            try body.names("grant").map { .adding($0) },
            try body.names("revoke").map { .removing($0) },
        ]
        let given = lists.compactMap { $0 }
        guard given.count <= 1 else {
            throw body.fault("roles", fault: "excludes \"grant\" and \"revoke\": give one of them")
        }
        let old = try body.string("old_password")
        guard old == nil || password != nil else {
            throw body.fault("old_password", fault: "goes with \"password\"")
        }
        return .putUser(name, password: password, roles: given.first ?? .removing([]), old: old)
    }

    private static func rules(_ request: HTTPRequest) throws(Problem) -> ListChange<AccessRule> {
        let body = try Body(request, known: ["rules", "add", "remove"])
        var changes: [ListChange<AccessRule>] = []
        if body["rules"] != nil { changes.append(.exactly(try body.rules("rules"))) }
        if body["add"] != nil { changes.append(.adding(try body.rules("add"))) }
        if body["remove"] != nil { changes.append(.removing(try body.rules("remove"))) }
        guard let change = changes.first, changes.count == 1 else {
            throw .bad(
                "Give the rules that the role is to have as \"rules\", or some to \"add\" or to \"remove\"."
            )
        }
        return change
    }

    /// `?user=&verb=` and what it is about: `path` (with `recursive`), `key`, `prefix`, or `name`.
    private static func can(_ parameters: inout Parameters) throws(Problem) -> Purpose {
        guard let user = try parameters.accessName("user") else {
            throw .parameter("user", fault: "is missing")
        }
        let name = try parameters.text("name")
        var range: KeyRange?
        if let path = try parameters.path("path") {
            range = try parameters.flag("recursive") ? .subtree(path) : .key(path)
        } else if let key = try parameters.key("key") {
            range = .key(key)
        } else if let prefix = try parameters.text("prefix") {
            range = .prefix(prefix)
        }
        let verb = try parameters.text("verb") ?? []
        switch (AccessVerb.allCases.first { verb.equals($0.name) }, range, name) {
        case (.read, let range?, nil): return .can(user, .read(range))
        case (.write, let range?, nil): return .can(user, .write(range))
        case (.lock, nil, let name?):
            guard let pattern = NamePattern(name) else {
                throw .parameter("name", fault: "is no name, nor one with * at its end")
            }
            return .can(user, .locks(pattern))
        case (.admin, nil, nil): return .can(user, .admin)
        case (.metrics, nil, nil): return .can(user, .metrics)
        case (nil, _, _):
            throw .parameter("verb", fault: "is none of read, write, lock, admin, metrics")
        default:
            throw .parameter(
                "verb",
                fault:
                    "needs what it is about: read and write a path, a key or a prefix, lock a name, admin and metrics nothing"
            )
        }
    }
}

extension Parameters {
    fileprivate mutating func accessName(_ name: StaticString) throws(Problem) -> AccessName? {
        guard let text = try text(name) else { return nil }
        guard let found = AccessName(text) else {
            throw .accessName("The parameter \"\(name)\"")
        }
        return found
    }
}

extension Body {
    /// Names of roles; nil where the field is absent.
    fileprivate func names(_ name: StaticString) throws(Problem) -> [AccessName]? {
        guard let value = self[name] else { return nil }
        guard let elements = value.array, elements.count <= AccessChange.itemCountMax else {
            throw fault(name, fault: "is no array of at most \(AccessChange.itemCountMax) names")
        }
        var names: [AccessName] = []
        for element in elements {
            guard let text = element.string, let role = AccessName(text) else {
                throw fault(name, fault: "holds something that is no name of a role")
            }
            names.append(role)
        }
        return names
    }

    fileprivate func rules(_ name: StaticString) throws(Problem) -> [AccessRule] {
        var rules: [AccessRule] = []
        for (object, prefix) in try objects(name) {
            guard rules.count < AccessRole.ruleCountMax else {
                throw fault(name, fault: "holds more than \(AccessRole.ruleCountMax) rules")
            }
            rules.append(
                try AccessRule(Body(object, known: AccessRule.fields, prefix: prefix))
            )
        }
        return rules
    }
}
