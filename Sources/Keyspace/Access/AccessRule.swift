internal import Bytes

/// One thing that can be allowed or denied.
package enum AccessVerb: UInt8, Hashable, Sendable, CaseIterable {
    /// Get, list, watch, history, what was there before, compare.
    case read = 0
    /// Put, delete, create.
    case write = 1
    /// Locks and elections, by their names.
    case lock = 2
    /// Members, settings, snapshots, users, compaction.
    case admin = 3
    case metrics = 4
}

/// Some of them.
package struct AccessVerbs: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(_ verb: AccessVerb) { rawValue = 1 << verb.rawValue }

    package static let read = AccessVerbs(.read)
    package static let write = AccessVerbs(.write)
    package static let lock = AccessVerbs(.lock)
    package static let admin = AccessVerbs(.admin)
    package static let metrics = AccessVerbs(.metrics)
}

/// One line of a role.
package struct AccessRule: Hashable, Sendable {
    /// A denial beats every allowance; nothing is allowed that no rule allows.
    package enum Effect: UInt8, Hashable, Sendable {
        case allow = 0
        case deny = 1
    }

    /// What the verbs are about.
    package enum Scope: Hashable, Sendable {
        /// `read` and `write`.
        case keys(KeyRange)
        /// `lock`.
        case names(NamePattern)
        /// `admin` and `metrics`.
        case service

        /// The verbs that may be allowed of it.
        package var verbs: AccessVerbs {
            switch self {
            case .keys: [.read, .write]
            case .names: .lock
            case .service: [.admin, .metrics]
            }
        }
    }

    package let effect: Effect
    package let verbs: AccessVerbs
    package let scope: Scope

    package init(_ effect: Effect, to verbs: AccessVerbs, in scope: Scope) {
        self.effect = effect
        self.verbs = verbs
        self.scope = scope
    }

    /// Whether it says something, and of what its scope has.
    package var isWellFormed: Bool {
        guard !verbs.isEmpty, verbs.isSubset(of: scope.verbs) else { return false }
        guard case .keys(let range) = scope else { return true }
        return range.isWellFormed
    }

    /// What it takes in the state, in bytes, but for a few.
    var byteCount: Int {
        switch scope {
        case .keys(.key(let key)), .keys(.subtree(let key)): key.bytes.count
        case .keys(.interval(let from, let to)): from.count + (to?.count ?? 0)
        case .names(let pattern): pattern.text.count
        case .service: 0
        }
    }
}

/// Which locks and elections: one name, or with `*` at its end whatever begins so. `deploy/*` is
/// what lies below `deploy`, `*` everything.
package struct NamePattern: Hashable, Sendable {
    /// As it is written.
    package let text: [UInt8]

    /// Accepts bytes from outside: 1 to 255 of UTF-8, with `*` at the end alone.
    package init?(_ text: [UInt8]) {
        guard (1...Contest.nameByteCountMax).contains(text.count), text.span.isValidUTF8,
            !text.dropLast().contains(Self.star), !text.contains(0)
        else { return nil }
        self.text = text
    }

    /// One contest's name, whatever characters it has.
    package init(name: [UInt8]) { text = name }

    private static let star = UInt8(ascii: "*")

    /// The names, as neighbouring bytes.
    var span: KeySpan {
        guard text.last == Self.star else { return KeySpan(from: text, to: text + [0]) }
        let start = Array(text.dropLast())
        return KeySpan(from: start, to: start.prefixEnd)
    }
}
