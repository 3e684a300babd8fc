/// First in, first out, in O(1) amortised. An element is released as soon as it is taken, where the
/// members' `Queue` may hold it for a while: this one holds connections and their bytes.
struct ReleasingQueue<Element> {
    /// Fewer taken places than this are not worth moving the others for.
    private static var slackCount: Int { 16 }

    private var places: [Element?] = []
    /// Places at the front whose elements were taken.
    private var takenCount = 0

    var count: Int { places.count - takenCount }
    var isEmpty: Bool { count == 0 }

    /// The oldest element.
    var first: Element? { isEmpty ? nil : places[takenCount] }

    mutating func append(_ element: Element) { places.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = places[takenCount].take()
        takenCount += 1
        if takenCount == places.count {
            removeAll()
        } else if takenCount >= Self.slackCount, takenCount * 2 >= places.count {
            places.removeFirst(takenCount)
            takenCount = 0
        }
        return element
    }

    mutating func removeAll() {
        places.removeAll(keepingCapacity: places.count <= Self.slackCount)
        takenCount = 0
    }
}
