internal import Bytes
internal import Credentials
internal import Keyspace
internal import Replica
internal import Wire

/// Users, roles, and who one is: what `/v1/auth` serves. All of it is read after a round through the
/// leader; nothing that is told of a user proves anything of it.
struct AccessCall {
    enum Purpose {
        case status
        case whoAmI
        case can(AccessName, AccessRequirement)
        case login(AccessName, password: [UInt8], lifeSeconds: UInt64)
        case users(after: AccessName?, limit: Int)
        case user(AccessName)
        /// - Parameters:
        ///   - password: nil to keep what there is.
        ///   - old: the one that there is, as far as it was said.
        case putUser(
            AccessName,
            password: [UInt8]?,
            roles: ListChange<AccessName>,
            old: [UInt8]? = nil
        )
        case roles(after: AccessName?, limit: Int)
        case role(AccessName)
        case keys
        case rotateKeys
        /// Access is controlled from then on.
        case enable(MemberCall.Insistence)
        /// A change that needs nothing else.
        case change(AccessChange)
    }

    /// A new key signs after so long by the cluster clock, in milliseconds: a week.
    private static let keyMilliseconds: UInt64 = 7 * 24 * 3_600_000

    let purpose: Purpose
    /// The change that was proposed.
    private var proposed: AccessChange?
    /// The permissions that a password was checked under.
    private var provenAsOf = AuthRevision.initial

    init(_ purpose: Purpose) { self.purpose = purpose }

    func start() -> NativeStep { .read }

    /// Who is to be logged in.
    var loginName: AccessName? {
        if case .login(let name, _, _) = purpose { name } else { nil }
    }

    mutating func resume(
        _ resumption: Resumption,
        by principal: Principal,
        in keyspace: Keyspace,
        member: MemberView
    ) throws(Problem) -> NativeStep {
        switch resumption {
        case .readable: return try look(by: principal, in: keyspace, member: member)
        case .unreadable: throw .unreadable
        case .worked(.password(let outcome)): return try take(outcome, in: keyspace, member: member)
        case .answered(let answer): return try told(answer, in: keyspace, member: member)
        case .unproposed(let failure): throw Problem(failure, fate: .unkeyed)
        case .disconnected: return .finish
        default: return .goOn
        }
    }

    // MARK: - Looking

    private mutating func look(
        by principal: Principal,
        in keyspace: Keyspace,
        member: MemberView
    ) throws(Problem) -> NativeStep {
        let access = keyspace.access
        switch purpose {
        case .status: return .respond(.json(JSONWriter(statusOf: access)))
        case .whoAmI: return .respond(.json(JSONWriter(principal, in: access)))
        case .can(let name, let requirement):
            guard let user = access.user(name) else { throw Problem(.notFound(.user)) }
            let decision = access.decide(user.roles, on: requirement)
            return .respond(.json(JSONWriter(decision)))
        case .users(let after, let limit):
            return .respond(.json(JSONWriter(access.users(after: after, countMax: limit))))
        case .user(let name): return .respond(try Self.user(name, in: access))
        case .roles(let after, let limit):
            return .respond(.json(JSONWriter(access.roles(after: after, countMax: limit))))
        case .role(let name): return .respond(try Self.role(name, in: access))
        case .login(let name, let password, _):
            provenAsOf = access.revision
            let kept = access.user(name).flatMap { PasswordHash(parsing: $0.password) }
            return .work(
                .password(
                    PasswordTask(.check(against: kept), user: name.bytes, password: password)
                )
            )
        case .putUser(let name, let password?, _, let old):
            try Self.checkFirst(passwordOf: name, by: principal, in: access)
            if let kept = oldPassword(of: name, by: principal, in: access) {
                guard let old else { throw .oldPasswordMissing }
                return .work(
                    .password(
                        PasswordTask(.check(against: kept), user: name.bytes, password: old)
                    )
                )
            }
            return .work(
                .password(PasswordTask(.hash, user: name.bytes, password: password))
            )
        case .putUser(let name, nil, let roles, _):
            return try propose(.putUser(name, password: .kept, roles: roles), in: keyspace)
        case .keys: return .respond(.json(JSONWriter(keysOf: access, at: keyspace.clock)))
        case .rotateKeys:
            return .work(.password(PasswordTask(.secret, user: [], password: [])))
        case .enable(let insistence):
            // That nobody has the right at all is for the log to refuse.
            guard
                insistence == .forced || access.hasAdministratorWithPassword
                    || !access.hasAdministrator
            else { throw .noPasswordToAdminister }
            return try propose(.enable, in: keyspace)
        case .change(let change): return try propose(change, in: keyspace)
        }
    }

    /// Refuses before anything is worked out what the log would refuse: who has no password gives
    /// itself none.
    private static func checkFirst(
        passwordOf name: AccessName,
        by principal: Principal,
        in access: AccessControl
    ) throws(Problem) {
        guard case .user(name, _) = principal.caller, access.isEnabled,
            access.user(name) != nil, !access.hasPassword(name),
            !access.decide(principal.caller, on: .admin).isAllowed
        else { return }
        throw .firstPassword
    }

    /// What has to be known besides of a user who changes its own password, unless it came along:
    /// that one. A token or a certificate may be lost, and is not to be one for ever. Nil where
    /// nothing else has to be known.
    private func oldPassword(
        of name: AccessName,
        by principal: Principal,
        in access: AccessControl
    ) -> PasswordHash? {
        guard case .user(name, _) = principal.caller, !principal.saysPassword,
            !access.decide(principal.caller, on: .admin).isAllowed
        else { return nil }
        return access.user(name).flatMap { PasswordHash(parsing: $0.password) }
    }

    private mutating func propose(
        _ change: AccessChange,
        by caller: Caller? = nil,
        in keyspace: Keyspace
    ) throws(Problem) -> NativeStep {
        // Without an idempotency key, whose fingerprint would tell of a password: done twice it is
        // the same.
        let request = Request(.changeAccess(change))
        guard keyspace.featureLevel.number >= request.featureLevel else {
            throw .featureLevel(keyspace.featureLevel.number, needed: request.featureLevel)
        }
        proposed = change
        return .propose(caller.map { request.asked(by: $0) } ?? request)
    }

    private static func user(
        _ name: AccessName,
        in access: AccessControl
    ) throws(Problem) -> HTTPResponse {
        guard let user = access.user(name) else { throw Problem(.notFound(.user)) }
        var json = JSONWriter()
        json.user(name, user: user)
        return .json(json)
    }

    private static func role(
        _ name: AccessName,
        in access: AccessControl
    ) throws(Problem) -> HTTPResponse {
        guard let role = access.role(name) else { throw Problem(.notFound(.role)) }
        var json = JSONWriter()
        json.role(name, rules: role.rules)
        return .json(json)
    }

    // MARK: - Passwords

    private mutating func take(
        _ outcome: PasswordOutcome,
        in keyspace: Keyspace,
        member: MemberView
    ) throws(Problem) -> NativeStep {
        switch (outcome, purpose) {
        case (.right(let secret), .login):
            let newest = keyspace.access.signingKeys.last
            let end = newest?.since.advanced(byMilliseconds: Self.keyMilliseconds)
            guard let end, keyspace.clock < end else {
                // The cluster's own doing, whoever logs in.
                let caller: Caller? = keyspace.access.isEnabled ? .member : nil
                return try propose(.addSigningKey(secret: secret), by: caller, in: keyspace)
            }
            return .respond(try token(in: keyspace, member: member))
        case (.right, .putUser(let name, let password?, _, _)):
            return .work(.password(PasswordTask(.hash, user: name.bytes, password: password)))
        case (.drawn(let secret), .rotateKeys):
            return try propose(.addSigningKey(secret: secret), in: keyspace)
        case (.hashed(let text), .putUser(let name, _, let roles, _)):
            return try propose(.putUser(name, password: .set(text), roles: roles), in: keyspace)
        case (.wrong, _): throw .wrongPassword
        case (.turnedAway(let seconds), _): throw .turnedAway(retryAfterSeconds: seconds)
        default: throw .noMemoryForPassword
        }
    }

    private func token(in keyspace: Keyspace, member: MemberView) throws(Problem) -> HTTPResponse {
        guard case .login(let name, _, let lifeSeconds) = purpose,
            let key = keyspace.access.signingKeys.last
        else { throw Problem(.internal, "There is no key to sign with.") }
        let token = SessionToken(
            key: key.id,
            user: name.bytes,
            authRevision: provenAsOf.rawValue,
            issued: member.unixSeconds,
            lifeSeconds: lifeSeconds
        )
        var json = JSONWriter()
        json.beginObject()
        json.member("user", string: name.bytes)
        json.member("token", string: token.text(signedBy: MessageCode(key: key.secret)))
        json.member("ttl", number: token.lifeSeconds)
        json.member("expires", number: token.expiry)
        json.endObject()
        return .json(json)
    }

    // MARK: - Changes

    private func told(
        _ answer: Answer,
        in keyspace: Keyspace,
        member: MemberView
    ) throws(Problem) -> NativeStep {
        if case .refused(let refusal) = answer.outcome { throw Problem(refusal) }
        switch proposed {
        case .putUser(let name, _, _): return .respond(try Self.user(name, in: keyspace.access))
        case .putRole(let name, _): return .respond(try Self.role(name, in: keyspace.access))
        case .addSigningKey:
            if case .rotateKeys = purpose { break }
            return .respond(try token(in: keyspace, member: member))
        case .retireSigningKey: break
        case .enable, .disable, .removeUser, .removeRole, nil:
            return .respond(.json(JSONWriter(statusOf: keyspace.access)))
        }
        return .respond(.json(JSONWriter(keysOf: keyspace.access, at: keyspace.clock)))
    }
}

extension Problem {
    /// Not told: whether there is such a user.
    static var wrongPassword: Problem {
        Problem(.unauthenticated, "There is no such user, or the password is another one.")
    }

    static var oldPasswordMissing: Problem {
        Problem(
            .permissionDenied,
            "Changing one's own password with a token or a certificate takes the old one too, as \"old_password\"; nothing was changed.",
            .at("field", "old_password")
        )
    }

    static var firstPassword: Problem {
        Problem(
            .permissionDenied,
            "A user without a password gives itself no first one, which would outlast its certificate; who may admin gives it one. Nothing was changed.",
            .at("field", "password")
        )
    }

    static func turnedAway(retryAfterSeconds: UInt64) -> Problem {
        var problem = Problem(
            .tooManyRequests,
            "Too many passwords are looked at now, or wrong ones came for this user or from this address; try again in \(retryAfterSeconds) s."
        )
        problem.retryAfterSeconds = retryAfterSeconds
        return problem
    }

    static var noMemoryForPassword: Problem {
        Problem(.unavailable, "The member has no memory to look at a password with; try again.")
    }

    static var userName: Problem {
        .bad(
            "The path's name is no user's: one does not begin with \"jwt:\", as subjects of outside tokens do, and has no blank at an end."
        )
    }

    /// Whoever may change users has a certificate at most, which this member may not even ask for.
    static var noPasswordToAdminister: Problem {
        Problem(
            .noAdministrator,
            "No user who may admin has a password, so that everybody could be locked out: give one a password ('roost user passwd NAME'). If they come with certificates, or tokens of an outside issuer, that members accept, say \"force\"."
        )
    }

    /// - Parameter subject: where the name stands, as a sentence begins.
    static func accessName(_ subject: String) -> Problem {
        .bad(
            "\(subject) names no user or role: 1 to \(AccessName.byteCountMax) bytes of UTF-8 without control characters."
        )
    }
}
