/// What may be empty.
protocol Emptiable: Sendable {
    /// An empty one.
    init()

    var isEmpty: Bool { get }
}

/// What is nearly always empty: it then takes one word of whatever holds it, and a copy of that counts
/// no reference.
///
/// - Complexity: as of the content, and one allocation a change.
struct Rare<Content: Emptiable>: Sendable {
    private final class Box: Sendable {
        let content: Content

        init(_ content: Content) { self.content = content }
    }

    /// Nil while there is nothing in it.
    private var box: Box?

    init() {}

    var isEmpty: Bool { box == nil }

    /// Nil while there is nothing in it.
    var content: Content? { box?.content }

    /// The content is nobody else's while it is changed, unless it was shared before: what is not
    /// shared is changed in place.
    mutating func change<Result>(_ body: (inout Content) -> Result) -> Result {
        var content = box?.content ?? Content()
        box = nil
        defer { box = content.isEmpty ? nil : Box(content) }
        return body(&content)
    }
}
