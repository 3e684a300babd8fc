/// A map that is nearly always empty: it then takes one word of whatever holds it, and a copy of that
/// counts no reference.
///
/// - Complexity: as of `SortedMap`, and one allocation a change.
struct RareMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    private final class Content: Sendable {
        let map: SortedMap<Key, Value>

        init(_ map: SortedMap<Key, Value>) { self.map = map }
    }

    /// Nil while there are no elements.
    private var content: Content?

    init() {}

    var isEmpty: Bool { content == nil }

    var count: Int { content?.map.count ?? 0 }

    var first: SortedMap<Key, Value>.Element? { content?.map.first }

    /// Every element in order.
    var elements: SortedMap<Key, Value>.Elements { map.elements }

    /// The elements whose keys follow `key`, in order.
    func elements(after key: Key) -> SortedMap<Key, Value>.Elements { map.elements(after: key) }

    subscript(key: Key) -> Value? { content?.map[key] }

    func contains(_ key: Key) -> Bool { content?.map.contains(key) ?? false }

    /// Sets the value of `key`.
    mutating func insert(_ value: Value, for key: Key) { change { _ = $0.insert(value, for: key) } }

    /// Removes `key`; returns the value it had.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        isEmpty ? nil : change { $0.remove(key) }
    }

    /// Changes the value of `key` in place; nil when it is missing.
    mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        isEmpty ? nil : change { $0.update(key, body) }
    }

    private var map: SortedMap<Key, Value> { content?.map ?? SortedMap() }

    /// The map is nobody else's while it is changed, unless it was shared before.
    private mutating func change<Result>(_ body: (inout SortedMap<Key, Value>) -> Result) -> Result
    {
        var map = map
        content = nil
        defer { content = map.isEmpty ? nil : Content(map) }
        return body(&map)
    }
}
