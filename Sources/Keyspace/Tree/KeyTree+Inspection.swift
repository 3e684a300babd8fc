extension KeyTree {
    /// What is wrong with the tree's shape; empty for a sound one.
    ///
    /// - Complexity: O(*n*); for tests and assertions.
    func violations() -> [String] {
        var found: [String] = []
        var previous: [UInt8]?
        var seen = 0
        root.inspect(
            depth: root.depth,
            isRoot: true,
            previous: &previous,
            seen: &seen,
            into: &found
        )
        if seen != count { found.append("\(seen) keys found, \(count) counted") }
        return found
    }
}

extension KeyTree.Node {
    private var firstKey: [UInt8] { isLeaf ? keys[0] : children[0].firstKey }

    func inspect(
        depth: Int,
        isRoot: Bool,
        previous: inout [UInt8]?,
        seen: inout Int,
        into found: inout [String]
    ) {
        let sum = sum
        if sum.count != weight.count || sum.newest > weight.newest
            || weight.isExact && sum.newest < weight.newest
        {
            found.append("a node's weight is not that of its entries")
        }
        if entryCount > Self.capacity { found.append("\(entryCount) entries in a node") }
        if entryCount == 0, !isRoot { found.append("an empty node below the root") }
        guard isLeaf else {
            if depth == 1 { found.append("a branch where leaves belong") }
            if keys.count + 1 != children.count { found.append("separators do not fit children") }
            for (index, child) in children.enumerated() {
                if index > 0, child.firstKey.lexicographicallyPrecedes(keys[index - 1]) {
                    found.append("a separator above its right side")
                }
                child.inspect(
                    depth: depth - 1,
                    isRoot: false,
                    previous: &previous,
                    seen: &seen,
                    into: &found
                )
                if index < keys.count, let previous,
                    !previous.lexicographicallyPrecedes(keys[index])
                {
                    found.append("a separator not above its left side")
                }
            }
            return
        }
        if depth != 1 { found.append("a leaf at the wrong depth") }
        if keys.count != values.count { found.append("keys do not fit values") }
        for index in 0..<keys.count {
            let key = keys[index]
            if let previous, !previous.lexicographicallyPrecedes(key) {
                found.append("keys out of order")
            }
            previous = key
            seen += 1
        }
    }
}
