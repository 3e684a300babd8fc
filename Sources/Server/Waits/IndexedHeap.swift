internal import Bytes

/// A priority queue from which elements can also be taken before their turn: deadlines that are
/// called off, revisions that nobody waits for any more.
///
/// - Complexity: O(log *n*) an insertion or removal; both are O(1) in the usual case of a deadline
///   later than all others, as equal timeouts give.
struct IndexedHeap<Element> {
    /// Names an element until it is removed or popped.
    struct Handle: Hashable {
        fileprivate let slot: Int
    }

    private struct Node {
        let key: UInt64
        let slot: Int
    }

    private struct Slot {
        var position: Int
        var element: Element?
    }

    private var nodes: [Node] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []

    var count: Int { nodes.count }

    /// The least key, nil when there is none.
    var firstKey: UInt64? { nodes.first?.key }

    mutating func insert(_ element: Element, key: UInt64) -> Handle {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            slots[slot].element = element
        } else {
            slot = slots.count
            slots.append(Slot(position: 0, element: element))
        }
        nodes.append(Node(key: key, slot: slot))
        slots[slot].position = nodes.count - 1
        siftUp(nodes.count - 1)
        return Handle(slot: slot)
    }

    mutating func remove(_ handle: Handle) {
        let position = slots[handle.slot].position
        invariant(slots[handle.slot].element != nil, "a handle is used after its element left")
        removeNode(at: position)
    }

    /// The element with the least key, if that is at most `limit`.
    mutating func popFirst(through limit: UInt64) -> Element? {
        guard let first = nodes.first, first.key <= limit else { return nil }
        let element = slots[first.slot].element
        removeNode(at: 0)
        return element
    }

    private mutating func removeNode(at position: Int) {
        let slot = nodes[position].slot
        slots[slot].element = nil
        freeSlots.append(slot)
        let last = nodes.removeLast()
        guard position < nodes.count else { return }
        place(last, at: position)
        siftUp(position)
        siftDown(slots[last.slot].position)
    }

    private mutating func place(_ node: Node, at position: Int) {
        nodes[position] = node
        slots[node.slot].position = position
    }

    private mutating func siftUp(_ start: Int) {
        let node = nodes[start]
        var position = start
        while position > 0 {
            let parent = (position - 1) / 2
            guard node.key < nodes[parent].key else { break }
            place(nodes[parent], at: position)
            position = parent
        }
        place(node, at: position)
    }

    private mutating func siftDown(_ start: Int) {
        let node = nodes[start]
        var position = start
        while true {
            var child = 2 * position + 1
            guard child < nodes.count else { break }
            if child + 1 < nodes.count, nodes[child + 1].key < nodes[child].key { child += 1 }
            guard nodes[child].key < node.key else { break }
            place(nodes[child], at: position)
            position = child
        }
        place(node, at: position)
    }
}
