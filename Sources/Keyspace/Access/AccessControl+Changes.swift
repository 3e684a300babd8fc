internal import Bytes

extension AccessControl {
    /// Carries out a change, or nothing of it.
    ///
    /// - Parameter index: the entry's, which names a new signing key.
    /// - Complexity: O(users) for what concerns a role, and where access is controlled.
    mutating func carryOut(
        _ change: AccessChange,
        index: UInt64,
        time: ClusterTime
    ) throws(Refusal) {
        var next = self
        next.revision = revision.next
        try next.take(change, index: index, time: time)
        guard next.byteCount <= max(byteCount, Self.byteCountMax) else {
            throw .accessTooLarge(byteCountMax: UInt64(Self.byteCountMax))
        }
        guard !next.isEnabled || next.hasAdministrator else { throw .noAdministrator }
        self = next
    }

    private mutating func take(
        _ change: AccessChange,
        index: UInt64,
        time: ClusterTime
    ) throws(Refusal) {
        switch change {
        case .putUser(let name, let password, let roles):
            try put(name, password: password, roles: roles)
        case .removeUser(let name):
            guard users[name] != nil else { throw .notFound(.user) }
            set(nil as AccessUser?, for: name)
        case .putRole(let name, let rules): try put(name, rules: rules)
        case .removeRole(let name):
            guard roles[name] != nil else { throw .notFound(.role) }
            outdate(role: name, removing: [name])
            set(nil as AccessRole?, for: name)
        case .enable: isEnabled = true
        case .disable: isEnabled = false
        case .addSigningKey(let secret): add(secret, index: index, time: time)
        case .retireSigningKey(let id):
            guard signingKeys.contains(where: { $0.id == id }) else {
                throw .notFound(.signingKey)
            }
            set(signingKeys: signingKeys.filter { $0.id != id })
        }
    }

    private mutating func put(
        _ name: AccessName,
        password: PasswordChange,
        roles change: ListChange<AccessName>
    ) throws(Refusal) {
        let isKnown = change.added.allSatisfy { roles[$0] != nil }
        guard isKnown else { throw .notFound(.role) }
        let before = users[name]
        var user =
            before
            ?? AccessUser(password: [], roles: [], changedAt: revision, provenAt: revision)
        switch password {
        case .kept: break
        case .removed: user.password = []
        case .set(let bytes): user.password = bytes
        }
        user.roles = change.applied(to: user.roles).sorted()
        guard user.roles.count <= AccessUser.roleCountMax else {
            throw .tooManyAccessItems(countMax: UInt64(AccessUser.roleCountMax))
        }
        user.changedAt = revision
        if password != .kept { user.provenAt = revision }
        set(user, for: name)
    }

    private mutating func put(
        _ name: AccessName,
        rules change: ListChange<AccessRule>
    ) throws(Refusal) {
        let rules = change.applied(to: roles[name]?.rules ?? [])
        guard rules.count <= AccessRole.ruleCountMax else {
            throw .tooManyAccessItems(countMax: UInt64(AccessRole.ruleCountMax))
        }
        set(AccessRole(rules: rules), for: name)
        outdate(role: name, removing: [])
    }

    /// What users of the role have proven counts no more.
    private mutating func outdate(role: AccessName, removing gone: [AccessName]) {
        for element in users.elements where element.value.roles.contains(role) {
            var user = element.value
            if !planted(.roleChangeOverlooked) { user.changedAt = revision }
            user.roles.removeAll { gone.contains($0) }
            set(user, for: element.key)
        }
    }

    /// Keys whose last tokens are over go with it.
    private mutating func add(_ secret: [UInt8], index: UInt64, time: ClusterTime) {
        var keys = signingKeys
        keys.append(SigningKey(id: index, secret: secret, since: time))
        while keys.count > 1 {
            let end = keys[1].since.advanced(byMilliseconds: SigningKey.tokenMillisecondsMax)
            guard end <= time || keys.count > SigningKey.countMax else { break }
            keys.removeFirst()
        }
        set(signingKeys: keys)
    }

    /// Begins anew in another cluster: tokens of the one before count for nothing.
    mutating func forgetSigningKeys() {
        guard !signingKeys.isEmpty else { return }
        revision = revision.next
        set(signingKeys: [])
    }
}

extension Keyspace {
    mutating func changeAccess(
        _ change: AccessChange,
        context: ApplyContext
    ) throws(Refusal) -> Outcome {
        try access.carryOut(change, index: context.index, time: context.time)
        if case .removeUser(let name) = change { disown(name) }
        return .accessChanged(access.revision)
    }
    /// Leases of a user that is gone are nobody's: a later one of that name is somebody else.
    ///
    /// - Complexity: O(leases)
    private mutating func disown(_ name: AccessName) {
        guard !planted(.removedUserKeepsLease), let author = store.authors.known(name.bytes) else {
            return
        }
        leases.disown(.user(author))
    }
}
