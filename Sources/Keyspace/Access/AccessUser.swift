package import Bytes

/// Somebody whom this cluster knows by name.
package struct AccessUser: Hashable, Sendable {
    /// The longest `password`, in bytes.
    package static let passwordByteCountMax = 512

    /// The most roles of one user.
    package static let roleCountMax = 64

    /// What a password is checked against, never a password; empty for a user without one, who comes
    /// with a certificate.
    package internal(set) var password: [UInt8]
    /// Rising, each once; every one is there.
    package internal(set) var roles: [AccessName]
    /// When the password, the roles or the rules of one of them changed last: what was proven before
    /// counts no more.
    package internal(set) var changedAt: AuthRevision
    /// When the user came into being or the password changed: places in queues that were taken
    /// before count no more.
    package internal(set) var provenAt: AuthRevision

    /// Whether what was proven at that revision still counts.
    func admits(asOf proven: AuthRevision) -> Bool {
        changedAt <= proven || planted(.outdatedCallerAdmitted)
    }

    func byteCount(under name: AccessName) -> Int {
        roles.reduce(64 + name.bytes.count + password.count) { $0 + 16 + $1.bytes.count }
    }

    func item(_ name: AccessName) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.user)
        item.combine(name.bytes.span)
        item.combine(password.span)
        item.combine(UInt64(roles.count))
        for role in roles { item.combine(role.bytes.span) }
        item.combine(changedAt.rawValue)
        item.combine(provenAt.rawValue)
        return item
    }
}

/// Rules under a name.
package struct AccessRole: Hashable, Sendable {
    /// The most rules of one role.
    package static let ruleCountMax = 256

    /// In the order in which they were given, none twice.
    package internal(set) var rules: [AccessRule]

    func byteCount(under name: AccessName) -> Int {
        rules.reduce(64 + name.bytes.count) { $0 + 32 + $1.byteCount }
    }

    func item(_ name: AccessName) -> StableHash {
        var bytes: [UInt8] = []
        for rule in rules { bytes.append(rule) }
        var item = StableHash(seed: SessionStateHashSeed.role)
        item.combine(name.bytes.span)
        item.combine(bytes.span)
        return item
    }
}

/// What tokens are signed with.
package struct SigningKey: Hashable, Sendable {
    /// The length of a secret, in bytes.
    package static let secretByteCount = 32

    /// How long tokens live at most, in milliseconds: a key that another one follows is kept for so
    /// long.
    package static let tokenMillisecondsMax: UInt64 = 30 * 24 * 3_600_000

    /// The most keys; of more, the oldest goes, and its tokens with it.
    package static let countMax = 16

    /// Named in tokens; never given twice.
    package let id: UInt64
    /// `secretByteCount` bytes.
    package let secret: [UInt8]
    /// When it came, by the cluster clock.
    package let since: ClusterTime

    var item: StableHash {
        var item = StableHash(seed: SessionStateHashSeed.signingKey)
        item.combine(id)
        item.combine(secret.span)
        item.combine(since.rawValue)
        return item
    }
}
