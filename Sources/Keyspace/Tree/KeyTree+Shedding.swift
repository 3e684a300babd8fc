/// Whether anything is left of what is let go in slices.
package enum Remainder: Hashable, Sendable {
    case something
    case nothing
}

extension KeyTree {
    /// Lets go of one branch of leaves; what no other copy of the tree holds is freed.
    ///
    /// - Complexity: O(values of one branch): some 4,000 at most.
    mutating func shed() -> Remainder {
        var root = root
        // What is taken out is changed in place.
        self = KeyTree()
        root.dropLastBranch()
        let remainder: Remainder = root.entryCount == 0 ? .nothing : .something
        self = KeyTree(root: root, count: 0)
        return remainder
    }
}

extension KeyTree.Node {
    /// Drops the last branch of leaves below, or all there is where this is one itself.
    fileprivate mutating func dropLastBranch() {
        let last = children.count - 1
        guard last >= 0, !children[last].isLeaf else {
            self = Self()
            return
        }
        children[last].dropLastBranch()
        if children[last].entryCount == 0 { children.removeLast() }
    }
}
