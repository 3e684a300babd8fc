/// A change of who may do what.
package enum AccessChange: Hashable, Sendable {
    /// Makes or changes a user: its password, of which only what proves it is kept, and its roles.
    case putUser(AccessName, password: PasswordChange, roles: ListChange<AccessName>)
    case removeUser(AccessName)
    /// Makes or changes a role.
    case putRole(AccessName, rules: ListChange<AccessRule>)
    /// Takes it from every user, too.
    case removeRole(AccessName)
    /// From here on nothing is allowed that no rule allows; refused while nobody may change that.
    case enable
    case disable
    /// New tokens are signed with that secret, of `SigningKey.secretByteCount` bytes.
    case addSigningKey(secret: [UInt8])
    /// No token of the key counts any more.
    case retireSigningKey(UInt64)

    /// The most items of a change's list.
    package static let itemCountMax = 256

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        switch self {
        case .putUser(_, let password, let roles):
            password.isWellFormed && roles.items.count <= AccessUser.roleCountMax
        case .putRole(_, let rules):
            rules.items.count <= AccessRole.ruleCountMax
                && rules.items.allSatisfy(\.isWellFormed)
        case .addSigningKey(let secret): secret.count == SigningKey.secretByteCount
        case .removeUser, .removeRole, .enable, .disable, .retireSigningKey: true
        }
    }
}

/// What becomes of a user's password.
package enum PasswordChange: Hashable, Sendable {
    /// A new user has none.
    case kept
    case removed
    /// What it is checked against: 1 to `AccessUser.passwordByteCountMax` bytes.
    case set([UInt8])

    fileprivate var isWellFormed: Bool {
        guard case .set(let bytes) = self else { return true }
        return (1...AccessUser.passwordByteCountMax).contains(bytes.count)
    }
}

/// What becomes of a list without duplicates.
package enum ListChange<Item: Hashable & Sendable>: Hashable, Sendable {
    case exactly([Item])
    case adding([Item])
    /// What is not there is gone already. With none, nothing changes.
    case removing([Item])

    package var items: [Item] {
        switch self {
        case .exactly(let items), .adding(let items), .removing(let items): items
        }
    }

    /// What the list has after the change for certain.
    var added: [Item] {
        switch self {
        case .exactly(let items), .adding(let items): items
        case .removing: []
        }
    }

    /// The list after the change: new items at its end, none twice.
    func applied(to list: [Item]) -> [Item] {
        var next: [Item] =
            switch self {
            case .exactly: []
            case .adding: list
            case .removing(let gone): list.filter { !gone.contains($0) }
            }
        for item in added where !next.contains(item) { next.append(item) }
        return next
    }
}
