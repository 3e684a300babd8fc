/// First in, first out, in one array: the front is dropped in amortised O(1), and no more elements
/// that were taken are still held than wait, or `slackCount`.
struct Queue<Element: Sendable>: Sendable {
    /// Fewer taken elements than this are not worth moving the others for.
    private static var slackCount: Int { 16 }

    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { head == elements.count }
    var first: Element? { isEmpty ? nil : elements[head] }
    var last: Element? { isEmpty ? nil : elements[elements.count - 1] }

    /// Counted from the front.
    subscript(offset: Int) -> Element {
        get { elements[head + offset] }
        set { elements[head + offset] = newValue }
    }

    mutating func append(_ element: Element) { elements.append(element) }

    /// Puts the element before the one at `offset`; O(*n*) unless that is the end.
    mutating func insert(_ element: Element, at offset: Int) {
        elements.insert(element, at: head + offset)
    }

    /// Puts elements before all others; O(*n*).
    mutating func prepend(_ elements: [Element]) {
        self.elements.replaceSubrange(..<head, with: elements)
        head = 0
    }

    /// Takes out the first element that matches: in amortised O(1) at the front, else in O(*n*).
    mutating func remove(where matches: (Element) -> Bool) -> Element? {
        guard let place = elements[head...].firstIndex(where: matches) else { return nil }
        return place == head ? popFirst() : elements.remove(at: place)
    }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: head <= 4096)
            head = 0
        } else if head >= Self.slackCount, head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Empties the queue, front first.
    mutating func takeAll() -> [Element] {
        defer {
            elements = []
            head = 0
        }
        return head == 0 ? elements : Array(elements[head...])
    }
}
