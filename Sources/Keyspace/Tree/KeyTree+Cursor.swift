extension KeyTree {
    /// Walks the tree as it was when the cursor was made, in ascending order.
    struct Cursor: Sendable {
        private let root: Node
        /// The branches from the root down, each with the index of the child that is current.
        private var path: [(node: Node, index: Int)] = []
        private var leaf: Node
        /// The current entry of `leaf`; after its last at the end.
        private var index = 0

        fileprivate init(root: Node, from key: [UInt8]) {
            self.root = root
            leaf = root
            seek(to: key)
        }

        /// Whether the walk is past the last key.
        var isAtEnd: Bool { index == leaf.values.count }

        /// The current key; the cursor must not be at the end.
        var key: [UInt8] { leaf.keys[index] }

        /// The current value; the cursor must not be at the end.
        var value: Value { leaf.values[index] }

        /// How many keys of the current leaf, from the current one on, are before `end`; without
        /// one, all of them.
        ///
        /// - Complexity: O(log keys of a leaf), nothing is copied.
        func runCount(before end: [UInt8]?) -> Int {
            let last = end.map { leaf.keys.position(of: $0).index } ?? leaf.values.count
            return max(0, last - index)
        }

        /// What `body` makes of the current value, which is lent; the cursor must not be at the
        /// end.
        func read<Result>(_ body: (Value) -> Result) -> Result { body(leaf.values.span[index]) }

        /// Goes to the first key that is not before `key`.
        ///
        /// - Complexity: O(log *n*)
        mutating func seek(to key: [UInt8]) {
            path.removeAll(keepingCapacity: true)
            leaf = root
            while !leaf.isLeaf {
                let child = leaf.childIndex(for: key)
                path.append((leaf, child))
                leaf = leaf.children[child]
            }
            index = leaf.keys.position(of: key).index
            if isAtEnd { enterNextLeaf() }
        }

        /// Goes to the next key.
        ///
        /// - Complexity: O(1) amortised
        mutating func advance() {
            index += 1
            if isAtEnd { enterNextLeaf() }
        }

        /// Climbs to the nearest branch with another child, then descends to its first leaf; stays
        /// at the end when there is none.
        private mutating func enterNextLeaf() {
            while let (node, child) = path.popLast() {
                guard child + 1 < node.children.count else { continue }
                path.append((node, child + 1))
                leaf = node.children[child + 1]
                while !leaf.isLeaf {
                    path.append((leaf, 0))
                    leaf = leaf.children[0]
                }
                index = 0
                return
            }
        }
    }

    /// A cursor at the first key that is not before `key`.
    ///
    /// - Complexity: O(log *n*)
    func cursor(from key: [UInt8] = []) -> Cursor { Cursor(root: root, from: key) }
}
