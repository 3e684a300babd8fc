internal import Synchronization

/// Passes values from any threads to one that takes all of them at once, in order.
package final class LockedQueue<Element: Sendable>: Sendable {
    /// What an append met; only the first of a batch needs to wake the taker.
    package enum Occupancy: Hashable, Sendable {
        case wasEmpty
        case hadOthers
    }

    private let elements = Mutex<[Element]>([])

    package init() {}

    /// Adds at the end.
    @discardableResult
    package func append(_ element: Element) -> Occupancy {
        elements.withLock { elements in
            defer { elements.append(element) }
            return elements.isEmpty ? .wasEmpty : .hadOthers
        }
    }

    /// Adds at the end; nil, and nothing is added, where `limit` elements wait already.
    package func append(_ element: Element, limit: Int) -> Occupancy? {
        elements.withLock { elements in
            guard elements.count < limit else { return nil }
            defer { elements.append(element) }
            return elements.isEmpty ? .wasEmpty : .hadOthers
        }
    }

    /// Everything appended since the last call, in order.
    package func takeAll() -> [Element] {
        elements.withLock { elements in
            var taken: [Element] = []
            swap(&taken, &elements)
            return taken
        }
    }
}
