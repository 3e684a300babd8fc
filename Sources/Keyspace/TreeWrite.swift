/// A whole subtree as it is to be: keys with their values, written in one change set.
package struct TreeWrite: Hashable, Sendable {
    /// The most edits of one write.
    package static let editCountMax = 100_000

    /// What becomes of the keys of the subtree that no edit names.
    package enum Mode: UInt8, Hashable, Sendable {
        /// They are deleted: the subtree becomes exactly what the edits say.
        case replace = 0
        /// They stay, but for those that an edit says go (RFC 7396).
        case merge = 1
    }

    /// What becomes of one key.
    package enum Edit: Hashable, Sendable {
        /// Has this value; keys below it stay.
        case value(Key, [UInt8])
        /// Has this value; keys below it go.
        case leaf(Key, [UInt8])
        /// Is a directory: a value without any key below it goes.
        case directory(Key)
        /// Goes, with everything below it.
        case removal(Key)
        /// Goes; keys below it stay.
        case valueRemoval(Key)

        /// The key.
        package var key: Key {
            switch self {
            case .value(let key, _), .leaf(let key, _), .directory(let key), .removal(let key),
                .valueRemoval(let key):
                key
            }
        }
    }

    /// A state of the subtree, as its listing's ETag names it.
    package struct Tag: Hashable, Sendable {
        /// The most tags of one condition.
        package static let countMax = 64

        /// The highest mod revision of its keys; zero without any.
        package let modRevision: Revision
        /// How many keys there are.
        package let keyCount: UInt64

        package init(modRevision: Revision, keyCount: UInt64) {
            self.modRevision = modRevision
            self.keyCount = keyCount
        }
    }

    /// What must hold for the subtree as it is.
    package enum Condition: Hashable, Sendable {
        case none
        /// There is at least one key.
        case exists
        /// There is no key.
        case absent
        /// It is in one of these states.
        case oneOf([Tag])
    }

    /// The path at or below which every edit is.
    package let root: Key
    /// Each key's edits once; a key may have `.directory` and one of `.value` and `.valueRemoval`.
    package let edits: [Edit]
    package let mode: Mode
    package let condition: Condition

    package init(root: Key, edits: [Edit], mode: Mode, condition: Condition) {
        self.root = root
        self.edits = edits
        self.mode = mode
        self.condition = condition
    }
}

/// What a tree's writing changes, each list in the order of keys.
package struct TreeChanges: Hashable, Sendable {
    package let created: [Key]
    package let changed: [Key]
    package let deleted: [Key]

    package init(created: [Key], changed: [Key], deleted: [Key]) {
        self.created = created
        self.changed = changed
        self.deleted = deleted
    }
}

/// What a tree's writing came to.
package struct TreeResult: Hashable, Sendable {
    /// The revision of all its changes; without any, the store's.
    package let revision: Revision
    package let createdCount: UInt64
    package let changedCount: UInt64
    package let deletedCount: UInt64

    package init(
        revision: Revision,
        createdCount: UInt64,
        changedCount: UInt64,
        deletedCount: UInt64
    ) {
        self.revision = revision
        self.createdCount = createdCount
        self.changedCount = changedCount
        self.deletedCount = deletedCount
    }
}
