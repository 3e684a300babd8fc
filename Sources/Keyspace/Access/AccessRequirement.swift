/// What a caller must be allowed for one part of what it asks.
package enum AccessRequirement: Hashable, Sendable {
    /// Every key of the range, whether it is there or not.
    case read(KeyRange)
    case write(KeyRange)
    /// The lock or election of that name.
    case lock(name: [UInt8])
    /// Every lock or election that a pattern names.
    case locks(NamePattern)
    case admin
    case metrics
    /// To be somebody: what touches nothing that a rule could name.
    case identity

    /// What is told of a denial; nil where being somebody is enough.
    package var verb: AccessVerb? {
        switch self {
        case .read: .read
        case .write: .write
        case .lock, .locks: .lock
        case .admin: .admin
        case .metrics: .metrics
        case .identity: nil
        }
    }
}

/// What comes of a requirement, and why.
package enum AccessDecision: Hashable, Sendable {
    /// The rule, or the first of those that together allow it; nil where none is needed.
    case allowed(AccessGrounds?)
    /// The rule that denies it; nil where none allows it.
    case denied(AccessGrounds?)
    /// The caller is nobody, or not any more who it was: unknown, removed, or changed since.
    case unauthenticated

    package var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }
}

/// A rule that decides, and whose it is.
package struct AccessGrounds: Hashable, Sendable {
    package let role: AccessName
    package let rule: AccessRule

    init(role: AccessName, rule: AccessRule) {
        self.role = role
        self.rule = rule
    }
}
