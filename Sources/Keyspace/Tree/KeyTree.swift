/// A map from byte strings to values in byte order: a B+tree of value-typed nodes.
///
/// The nodes' arrays are shared until they are written, so copying the map is O(1) and freezes it:
/// the copy may be read on another thread while this one goes on, and each node is copied once at
/// its first change after that.
struct KeyTree<Value: Weighed & Sendable>: Sendable {
    /// The tree's root: a leaf while everything fits into one.
    private(set) var root = Node()
    /// How many keys there are.
    private(set) var count = 0

    init() {}

    /// A tree of that shape, sound or not.
    init(root: Node, count: Int) {
        self.root = root
        self.count = count
    }

    /// The key's value, nil when it is missing.
    ///
    /// - Complexity: O(log *n*)
    func value(for key: [UInt8]) -> Value? { read(key) { $0 } }

    /// What `body` makes of the key's value, which is lent; nil when the key is missing.
    ///
    /// - Complexity: O(log *n*)
    func read<Result>(_ key: Span<UInt8>, _ body: (Value) -> Result) -> Result? {
        root.read(key, body)
    }

    func read<Result>(_ key: [UInt8], _ body: (Value) -> Result) -> Result? {
        root.read(key.span, body)
    }

    /// Changes the key's value in place; a missing key starts as `initial`.
    ///
    /// - Complexity: O(log *n*)
    mutating func mutate<Result>(
        _ key: [UInt8],
        initial: @autoclosure () -> Value,
        _ body: (inout Value) -> Result
    ) -> Result {
        var insertion = Insertion.none
        let result = root.mutate(key, initial: initial, insertion: &insertion, body)
        guard insertion != .none else { return result }
        count += 1
        if root.isOverfull {
            var left = root
            root = Node()
            let (separator, right) = left.split(after: insertion)
            root = Node(separator: separator, left, right)
        }
        return result
    }

    /// Changes the key's value in place; nil when the key is missing.
    ///
    /// - Complexity: O(log *n*)
    mutating func mutateExisting<Result>(
        _ key: [UInt8],
        _ body: (inout Value) -> Result
    ) -> Result? {
        root.mutateExisting(key, body)
    }

    /// Removes the key; its value, or nil when it is missing.
    ///
    /// - Complexity: O(log *n*)
    @discardableResult
    mutating func remove(_ key: [UInt8]) -> Value? {
        guard let value = root.remove(key) else { return nil }
        count -= 1
        assert(count >= 0, "more keys are removed than there were")
        while root.children.count == 1 { root = root.children[0] }
        return value
    }
}
