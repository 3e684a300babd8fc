extension KeyTree {
    /// Walks the map as it was when the cursor was made, in ascending order.
    package struct Cursor: Sendable {
        private let root: Node
        /// Root to leaf, each with the index that is current in it.
        private var path: [(node: Node, index: Int)] = []

        fileprivate init(root: Node, from key: [UInt8]) {
            self.root = root
            seek(to: key)
        }

        /// Whether the walk is past the last key.
        package var isAtEnd: Bool { path.isEmpty }

        /// The current key; the cursor must not be at the end.
        package var key: [UInt8] {
            let (leaf, index) = path[path.count - 1]
            return leaf.keys[index]
        }

        /// The current value; the cursor must not be at the end.
        package var value: Value {
            let (leaf, index) = path[path.count - 1]
            return leaf.values[index]
        }

        /// Goes to the first key that is not before `key`.
        ///
        /// - Complexity: O(log *n*)
        package mutating func seek(to key: [UInt8]) {
            path.removeAll(keepingCapacity: true)
            var node = root
            while !node.isLeaf {
                let index = node.childIndex(for: key)
                path.append((node, index))
                node = node.children[index]
            }
            path.append((node, node.keys.position(of: key).index))
            settle()
        }

        /// Goes to the next key.
        ///
        /// - Complexity: O(1) amortised
        package mutating func advance() {
            path[path.count - 1].index += 1
            settle()
        }

        /// Climbs while the current node is exhausted, then descends to the leftmost leaf.
        private mutating func settle() {
            while let (node, index) = path.last, index >= node.entryCount {
                path.removeLast()
                guard !path.isEmpty else { return }
                path[path.count - 1].index += 1
            }
            while let (node, index) = path.last, !node.isLeaf {
                path.append((node.children[index], 0))
            }
        }
    }

    /// A cursor at the first key that is not before `key`.
    ///
    /// - Complexity: O(log *n*)
    package func cursor(from key: [UInt8] = []) -> Cursor { Cursor(root: root, from: key) }
}
