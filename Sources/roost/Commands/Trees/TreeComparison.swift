/// What has to change for a tree to become another.
struct TreeComparison {
    /// What becomes of one key; at least one of the values is there.
    struct Change: Hashable {
        /// Below the root, as a leaf has it.
        let path: [UInt8]
        /// nil where there is no key; likewise `after`.
        let before: [UInt8]?
        let after: [UInt8]?

        /// `+` created, `~` changed, `-` removed.
        var mark: String { before == nil ? "+" : after == nil ? "-" : "~" }
    }

    /// What becomes of keys that the wanted tree does not have.
    enum Rest: Hashable {
        case stays
        case goes
    }

    /// Directories before what lies in them.
    let changes: [Change]

    /// - Complexity: O(*n* log *n*) in keys.
    init(from present: [TreeLeaf], to wanted: [TreeLeaf], rest: Rest) {
        var before: [[UInt8]: [UInt8]] = [:]
        for leaf in present { before[leaf.path] = leaf.value }
        var changes: [Change] = []
        for leaf in wanted.sorted(by: { $0.precedes($1) }) {
            let old = before.removeValue(forKey: leaf.path)
            guard old != leaf.value else { continue }
            changes.append(Change(path: leaf.path, before: old, after: leaf.value))
        }
        if rest == .goes {
            for leaf in present where before[leaf.path] != nil {
                changes.append(Change(path: leaf.path, before: leaf.value, after: nil))
            }
            changes.sort {
                TreeLeaf(path: $0.path, value: []).precedes(TreeLeaf(path: $1.path, value: []))
            }
        }
        self.changes = changes
    }

    /// How many keys are created, changed and deleted, in that order.
    var counts: [(name: StaticString, count: Int)] {
        [
            ("created", changes.count { $0.before == nil }),
            ("changed", changes.count { $0.before != nil && $0.after != nil }),
            ("deleted", changes.count { $0.after == nil }),
        ]
    }
}
