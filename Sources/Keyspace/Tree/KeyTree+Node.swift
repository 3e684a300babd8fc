/// What an insertion did to a node, which decides where an overfull one is split.
enum Insertion {
    /// Nothing was inserted.
    case none
    /// Somewhere among the others: split in the middle.
    case inside
    /// Behind all others: keys come in order, so the left half is left almost full.
    case atEnd
}

extension KeyTree {
    /// A leaf with keys and values, or a branch with children and the keys that separate them.
    struct Node: Sendable {
        /// The most keys of a leaf and children of a branch. Small, so that a change after a
        /// freeze copies little; large, so that the tree stays flat. A node is split when it has
        /// one too many.
        static var capacity: Int { 63 }
        /// For how many more values a leaf makes room at a time. Arrays double theirs, and a third of
        /// what leaves take would lie idle.
        static var roomStep: Int { 16 }

        /// A leaf: one for each value. A branch: `keys[i]` is above everything in `children[i]`
        /// and not above anything in `children[i + 1]`.
        var keys = PackedKeys()
        var values: [Value] = []
        var children: [Node] = []
        /// That of all values here and below.
        var weight = TreeWeight.none

        init() {}

        init(separator: [UInt8], _ left: Node, _ right: Node) {
            keys.insert(separator, at: 0)
            children = [left, right]
            weight = sum
        }

        var isLeaf: Bool { children.isEmpty }

        /// How many values or children there are.
        var entryCount: Int { isLeaf ? values.count : children.count }

        var isOverfull: Bool { entryCount > Self.capacity }

        var depth: Int { isLeaf ? 1 : 1 + children[0].depth }

        /// The child that holds `key`, if any does.
        func childIndex(for key: [UInt8]) -> Int { childIndex(for: key.span) }

        func childIndex(for key: Span<UInt8>) -> Int {
            let (index, isExact) = keys.position(of: key)
            return isExact ? index + 1 : index
        }
    }
}

extension KeyTree.Node {
    // Spans lend what they hold: reading through the arrays would count a reference to each part of
    // every node on the way.

    func read<Result>(_ key: Span<UInt8>, _ body: (Value) -> Result) -> Result? {
        guard isLeaf else { return children.span[childIndex(for: key)].read(key, body) }
        let (index, isExact) = keys.position(of: key)
        return isExact ? body(values.span[index]) : nil
    }

    mutating func mutate<Result>(
        _ key: [UInt8],
        initial: () -> Value,
        insertion: inout Insertion,
        _ body: (inout Value) -> Result
    ) -> Result {
        guard isLeaf else {
            let index = childIndex(for: key)
            let before = children[index].weight
            let result = children[index].mutate(
                key,
                initial: initial,
                insertion: &insertion,
                body
            )
            weight.replace(before, with: children[index].weight)
            if children[index].isOverfull { splitChild(at: index, after: insertion) }
            if index + 1 < children.count, insertion == .atEnd { insertion = .inside }
            return result
        }
        let (index, isExact) = keys.position(of: key)
        if !isExact {
            insertion = index == values.count ? .atEnd : .inside
            keys.insert(key, at: index)
            if values.count == values.capacity {
                values.reserveCapacity(min(values.count + Self.roomStep, Self.capacity + 1))
            }
            values.insert(initial(), at: index)
        }
        let before = isExact ? values[index].weight : .none
        let result = body(&values[index])
        weight.replace(before, with: values[index].weight)
        return result
    }

    private mutating func splitChild(at index: Int, after insertion: Insertion) {
        let (separator, right) = children[index].split(after: insertion)
        keys.insert(separator, at: index)
        children.insert(right, at: index + 1)
        assert(keys.count + 1 == children.count, "separators do not fit children")
    }

    mutating func mutateExisting<Result>(
        _ key: [UInt8],
        _ body: (inout Value) -> Result
    ) -> Result? {
        guard isLeaf else {
            let index = childIndex(for: key)
            let before = children[index].weight
            let result = children[index].mutateExisting(key, body)
            weight.replace(before, with: children[index].weight)
            return result
        }
        let (index, isExact) = keys.position(of: key)
        guard isExact else { return nil }
        let before = values[index].weight
        let result = body(&values[index])
        weight.replace(before, with: values[index].weight)
        return result
    }

    /// Keeps the lower part; returns the upper part and the key that separates them.
    mutating func split(after insertion: Insertion) -> (separator: [UInt8], right: Self) {
        let count = entryCount
        let middle = insertion == .atEnd ? count - count / 16 : count / 2
        var right = Self()
        guard isLeaf else {
            right.children = Array(children[middle...])
            children.removeSubrange(middle...)
            right.keys = keys.split(at: middle)
            let separator = keys[middle - 1]
            keys.removeLast()
            (weight, right.weight) = (sum, right.sum)
            return (separator, right)
        }
        // Each has room for what it holds: where keys come in order, nothing is added to the lower.
        right.values = Array(values[middle...])
        values = Array(values[..<middle])
        right.keys = keys.split(at: middle)
        (weight, right.weight) = (sum, right.sum)
        return (PackedKeys.separator(between: keys[middle - 1], and: right.keys[0]), right)
    }

    mutating func remove(_ key: [UInt8]) -> Value? {
        guard isLeaf else {
            let index = childIndex(for: key)
            let before = children[index].weight
            let removed = children[index].remove(key)
            weight.replace(before, with: children[index].weight)
            if removed != nil, children[index].entryCount < Self.capacity / 4 {
                mergeChild(at: index)
            }
            return removed
        }
        let (index, isExact) = keys.position(of: key)
        guard isExact else { return nil }
        keys.remove(at: index)
        let value = values.remove(at: index)
        weight.replace(value.weight, with: .none)
        return value
    }

    /// Joins a child that became small with a neighbour, if one node can hold both; drops it when
    /// it is empty. A branch that loses its last child is an empty leaf, for its parent to drop.
    private mutating func mergeChild(at index: Int) {
        guard children[index].entryCount > 0 else {
            children.remove(at: index)
            if keys.count > 0 { keys.remove(at: max(index - 1, 0)) }
            return
        }
        for left in [index - 1, index] where left >= 0 && left + 1 < children.count {
            let sum = children[left].entryCount + children[left + 1].entryCount
            guard sum <= Self.capacity else { continue }
            let right = children.remove(at: left + 1)
            if !right.isLeaf {
                children[left].keys.insert(keys[left], at: children[left].keys.count)
            }
            children[left].keys.append(contentsOf: right.keys)
            children[left].values.append(contentsOf: right.values)
            children[left].children.append(contentsOf: right.children)
            children[left].weight.add(right.weight)
            keys.remove(at: left)
            return
        }
    }
}
