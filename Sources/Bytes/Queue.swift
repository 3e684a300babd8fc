/// First in, first out, in one array. The front is dropped in amortised O(1), an element is
/// released as soon as it is taken, and no more places that are free are held than elements wait,
/// or `slackCount`.
public struct Queue<Element> {
    /// Fewer free places than this are not worth moving the others for.
    @usableFromInline
    static var slackCount: Int { 16 }
    /// Nil at the front, where elements were taken.
    @usableFromInline
    var places: [Element?] = []
    /// How many places at the front are free.
    @usableFromInline
    var freeCount = 0
    @usableFromInline
    let keptCountMax: Int

    /// An empty queue.
    ///
    /// - Parameter keptCountMax: an array that is emptied keeps its memory up to this many places.
    @inlinable
    public init(keptCountMax: Int = 4096) { self.keptCountMax = keptCountMax }

    @inlinable
    public var count: Int { places.count - freeCount }
    @inlinable
    public var isEmpty: Bool { places.count == freeCount }
    /// The oldest element.
    @inlinable
    public var first: Element? { isEmpty ? nil : places[freeCount] }
    /// The newest element.
    @inlinable
    public var last: Element? { isEmpty ? nil : places[places.count - 1] }

    /// The element at an offset below `count`, counted from the front.
    @inlinable
    public subscript(offset: Int) -> Element {
        get {
            guard let element = places[freeCount + offset] else {
                unreachable("a queue has nothing at an offset below its count")
            }
            return element
        }
        set { places[freeCount + offset] = newValue }
    }

    /// Puts the element after all others; amortised O(1).
    @inlinable
    public mutating func append(_ element: Element) { places.append(element) }

    /// Puts the element before the one at `offset`. O(*n*) unless that is the end.
    @inlinable
    public mutating func insert(_ element: Element, at offset: Int) {
        places.insert(element, at: freeCount + offset)
    }

    /// Puts elements before all others. O(*n*)
    @inlinable
    public mutating func prepend(_ elements: [Element]) {
        places.replaceSubrange(..<freeCount, with: elements.map(Optional.some))
        freeCount = 0
    }

    /// Takes out the first element that matches: in amortised O(1) at the front, else in O(*n*).
    @inlinable
    public mutating func remove(where matches: (Element) -> Bool) -> Element? {
        let place = places[freeCount...].firstIndex { $0.map(matches) ?? false }
        guard let place else { return nil }
        return place == freeCount ? popFirst() : places.remove(at: place)
    }

    /// Takes out the oldest element.
    @inlinable
    public mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = places[freeCount].take()
        freeCount += 1
        if freeCount == places.count {
            removeAll()
        } else if freeCount >= Self.slackCount, freeCount * 2 >= places.count {
            places.removeFirst(freeCount)
            freeCount = 0
        }
        return element
    }

    /// Empties the queue; a small array is kept.
    @inlinable
    public mutating func removeAll() {
        places.removeAll(keepingCapacity: places.count <= keptCountMax)
        freeCount = 0
    }

    /// Empties the queue, the oldest element first.
    @inlinable
    public mutating func takeAll() -> [Element] {
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for place in freeCount..<places.count {
            if let element = places[place].take() { elements.append(element) }
        }
        places = []
        freeCount = 0
        return elements
    }
}

extension Queue: Sendable where Element: Sendable {}
