internal import Bytes

// How callers, rules and changes of access are written, in requests and in snapshots alike.

/// The tag byte of each caller. A number is never given another meaning.
enum CallerTag: UInt8 {
    case user = 1
    case outside = 2
    case member = 3
}

/// The tag byte of each change of access. A number is never given another meaning.
enum AccessChangeTag: UInt8 {
    case putUser = 1
    case removeUser = 2
    case putRole = 3
    case removeRole = 4
    case enable = 5
    case disable = 6
    case addSigningKey = 7
    case retireSigningKey = 8
}

/// The tag byte of what a rule is about. A number is never given another meaning.
enum AccessScopeTag: UInt8 {
    case keys = 1
    case names = 2
    case service = 3
}

/// The tag byte of what becomes of a password. A number is never given another meaning.
enum PasswordChangeTag: UInt8 {
    case kept = 0
    case removed = 1
    case set = 2
}

/// The tag byte of what becomes of a list. A number is never given another meaning.
enum ListChangeTag: UInt8 {
    case exactly = 0
    case adding = 1
    case removing = 2
}

extension AccessChange {
    func encode(into output: inout [UInt8]) {
        switch self {
        case .putUser(let name, let password, let roles):
            output.append(AccessChangeTag.putUser)
            output.append(name)
            output.append(password)
            output.append(roles) { role, output in output.append(role) }
        case .removeUser(let name):
            output.append(AccessChangeTag.removeUser)
            output.append(name)
        case .putRole(let name, let rules):
            output.append(AccessChangeTag.putRole)
            output.append(name)
            output.append(rules) { rule, output in output.append(rule) }
        case .removeRole(let name):
            output.append(AccessChangeTag.removeRole)
            output.append(name)
        case .enable: output.append(AccessChangeTag.enable)
        case .disable: output.append(AccessChangeTag.disable)
        case .addSigningKey(let secret):
            output.append(AccessChangeTag.addSigningKey)
            output.append(lengthPrefixed: secret)
        case .retireSigningKey(let id):
            output.append(AccessChangeTag.retireSigningKey)
            output.append(varint: id)
        }
    }
}

extension [UInt8] {
    mutating func append(_ name: AccessName) { append(lengthPrefixed: name.bytes) }

    /// - Precondition: the caller is somebody.
    mutating func append(_ caller: Caller) {
        switch caller {
        case .nobody: invariant(false, "nobody is written as a caller")
        case .user(let name, let proven):
            append(CallerTag.user)
            append(name)
            append(varint: proven.rawValue)
        case .outside(let subject, let roles):
            append(CallerTag.outside)
            append(lengthPrefixed: subject)
            append(counted: roles) { role, output in output.append(role) }
        case .member: append(CallerTag.member)
        }
    }

    mutating func append(_ rule: AccessRule) {
        append(rule.effect)
        append(rule.verbs.rawValue)
        switch rule.scope {
        case .keys(let range):
            append(AccessScopeTag.keys)
            append(range)
        case .names(let pattern):
            append(AccessScopeTag.names)
            append(lengthPrefixed: pattern.text)
        case .service: append(AccessScopeTag.service)
        }
    }

    fileprivate mutating func append(_ password: PasswordChange) {
        switch password {
        case .kept: append(PasswordChangeTag.kept)
        case .removed: append(PasswordChangeTag.removed)
        case .set(let bytes):
            append(PasswordChangeTag.set)
            append(lengthPrefixed: bytes)
        }
    }

    fileprivate mutating func append<Item>(
        _ change: ListChange<Item>,
        _ encode: (Item, inout [UInt8]) -> Void
    ) {
        switch change {
        case .exactly: append(ListChangeTag.exactly)
        case .adding: append(ListChangeTag.adding)
        case .removing: append(ListChangeTag.removing)
        }
        append(counted: change.items, encode)
    }
}

extension ByteReader {
    mutating func readAccessName() throws(DecodingError) -> AccessName {
        let start = position
        guard let name = AccessName(try readLengthPrefixed(limit: AccessName.byteCountMax)) else {
            throw .invalidValue(at: start)
        }
        return name
    }

    /// Reads a caller; its words are still to be checked.
    mutating func readCaller() throws(DecodingError) -> Caller {
        switch try readCase(CallerTag.self) {
        case .user: .user(try readAccessName(), asOf: AuthRevision(rawValue: try readVarint()))
        case .outside:
            .outside(
                subject: try readLengthPrefixed(limit: AccessName.byteCountMax),
                roles: try readCounted(countMax: Caller.roleCountMax) {
                    reader throws(DecodingError) in try reader.readAccessName()
                }
            )
        case .member: .member
        }
    }

    /// Reads a rule that says something.
    mutating func readAccessRule() throws(DecodingError) -> AccessRule {
        let start = position
        let rule = AccessRule(
            try readCase(),
            to: AccessVerbs(rawValue: try readByte()),
            in: try readAccessScope()
        )
        guard rule.isWellFormed else { throw .invalidValue(at: start) }
        return rule
    }

    private mutating func readAccessScope() throws(DecodingError) -> AccessRule.Scope {
        switch try readCase(AccessScopeTag.self) {
        case .keys: return .keys(try readRange())
        case .names:
            let start = position
            let text = try readLengthPrefixed(limit: Contest.nameByteCountMax)
            guard let pattern = NamePattern(text) else { throw .invalidValue(at: start) }
            return .names(pattern)
        case .service: return .service
        }
    }

    mutating func readAccessChange() throws(DecodingError) -> AccessChange {
        switch try readCase(AccessChangeTag.self) {
        case .putUser:
            .putUser(
                try readAccessName(),
                password: try readPasswordChange(),
                roles: try readListChange { reader throws(DecodingError) in
                    try reader.readAccessName()
                }
            )
        case .removeUser: .removeUser(try readAccessName())
        case .putRole:
            .putRole(
                try readAccessName(),
                rules: try readListChange { reader throws(DecodingError) in
                    try reader.readAccessRule()
                }
            )
        case .removeRole: .removeRole(try readAccessName())
        case .enable: .enable
        case .disable: .disable
        case .addSigningKey:
            .addSigningKey(secret: try readLengthPrefixed(limit: SigningKey.secretByteCount))
        case .retireSigningKey: .retireSigningKey(try readVarint())
        }
    }

    private mutating func readPasswordChange() throws(DecodingError) -> PasswordChange {
        switch try readCase(PasswordChangeTag.self) {
        case .kept: .kept
        case .removed: .removed
        case .set: .set(try readLengthPrefixed(limit: AccessUser.passwordByteCountMax))
        }
    }

    private mutating func readListChange<Item>(
        _ decode: (inout ByteReader) throws(DecodingError) -> Item
    ) throws(DecodingError) -> ListChange<Item> {
        let tag = try readCase(ListChangeTag.self)
        let items = try readCounted(countMax: AccessChange.itemCountMax, decode)
        return switch tag {
        case .exactly: .exactly(items)
        case .adding: .adding(items)
        case .removing: .removing(items)
        }
    }
}
