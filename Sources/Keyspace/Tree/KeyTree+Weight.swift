extension KeyTree {
    /// The exact weight of the values from `from` to before `to`, or to the last of all.
    ///
    /// - Complexity: O(log *n*), beside what has to be read where the newest of a node has gone.
    func weight(from: [UInt8], to: [UInt8]?) -> TreeWeight {
        var weight = TreeWeight.none
        root.addWeight(from: from, to: to, into: &weight)
        return weight
    }
}

extension KeyTree.Node {
    /// The weight of all entries, added up.
    var sum: TreeWeight {
        var sum = TreeWeight.none
        for value in values { sum.add(value.weight) }
        for child in children { sum.add(child.weight) }
        return sum
    }

    /// - Parameters:
    ///   - from: nil when everything here is after it.
    ///   - to: nil when everything here is before it.
    fileprivate func addWeight(from: [UInt8]?, to: [UInt8]?, into weight: inout TreeWeight) {
        if from == nil, to == nil, let known = known(beside: weight) { return weight.add(known) }
        guard isLeaf else {
            let first = from.map { childIndex(for: $0) } ?? 0
            let last = to.map { childIndex(for: $0) } ?? children.count - 1
            guard first <= last else { return }
            for index in first...last {
                children.span[index].addWeight(
                    from: index == first ? from : nil,
                    to: index == last ? to : nil,
                    into: &weight
                )
            }
            return
        }
        let first = from.map { keys.position(of: $0).index } ?? 0
        let end = to.map { keys.position(of: $0).index } ?? values.count
        guard first < end else { return }
        for index in first..<end { weight.add(values.span[index].weight) }
    }

    /// The weight of everything here, as far as it is needed beside what was found already; nil
    /// when the newest has to be looked for.
    private func known(beside found: TreeWeight) -> TreeWeight? {
        if weight.isExact { return weight }
        guard weight.newest <= found.newest, found.isExact else { return nil }
        var known = TreeWeight.none
        known.add(count: weight.count)
        return known
    }
}
