/// A map that is nearly always empty.
///
/// - Complexity: as of `SortedMap`, and one allocation a change.
struct RareMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private var rare = Rare<SortedMap<Key, Value>>()

    init() {}

    var isEmpty: Bool { rare.isEmpty }

    var count: Int { rare.content?.count ?? 0 }

    var first: SortedMap<Key, Value>.Element? { rare.content?.first }

    /// Every element in order.
    var elements: SortedMap<Key, Value>.Elements { map.elements }

    /// The elements whose keys follow `key`, in order.
    func elements(after key: Key) -> SortedMap<Key, Value>.Elements { map.elements(after: key) }

    subscript(key: Key) -> Value? { rare.content?[key] }

    func contains(_ key: Key) -> Bool { rare.content?.contains(key) ?? false }

    /// Sets the value of `key`.
    mutating func insert(_ value: Value, for key: Key) {
        rare.change { _ = $0.insert(value, for: key) }
    }

    /// Removes `key`; returns the value it had.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        isEmpty ? nil : rare.change { $0.remove(key) }
    }

    /// Changes the value of `key` in place; nil when it is missing.
    mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        isEmpty ? nil : rare.change { $0.update(key, body) }
    }

    private var map: SortedMap<Key, Value> { rare.content ?? SortedMap() }
}

extension SortedMap: Emptiable {}
