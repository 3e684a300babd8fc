internal import Bytes

/// What is to happen, in order of time; at one moment, in order of scheduling.
///
/// The order is kept in small plain values; what they stand for stays where it is until its time.
struct EventQueue<Event> {
    private struct Place {
        let time: UInt64
        let sequence: UInt64
        let slot: Int

        func precedes(_ other: Place) -> Bool {
            time != other.time ? time < other.time : sequence < other.sequence
        }
    }

    /// A heap of four children a node: those of `n` are `4n + 1` to `4n + 4`.
    private var heap: [Place] = []
    private var slots: [Event?] = []
    private var freeSlots: [Int] = []
    private var nextSequence: UInt64 = 0

    /// When the next event is due; the end of time without one.
    var nextTime: MonotonicTime { MonotonicTime(rawValue: heap.first?.time ?? .max) }

    /// - Complexity: O(log *n*)
    mutating func schedule(_ event: Event, at time: MonotonicTime) {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            slots[slot] = event
        } else {
            slot = slots.count
            slots.append(event)
        }
        let place = Place(time: time.rawValue, sequence: nextSequence, slot: slot)
        nextSequence += 1
        heap.append(place)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 4
            guard place.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = place
    }

    /// - Complexity: O(log *n*)
    mutating func next() -> (time: MonotonicTime, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty { sink(last) }
        guard let event = slots[first.slot] else {
            unreachable("nothing stands at slot \(first.slot)")
        }
        slots[first.slot] = nil
        freeSlots.append(first.slot)
        return (MonotonicTime(rawValue: first.time), event)
    }

    private mutating func sink(_ place: Place) {
        var parent = 0
        while true {
            let first = 4 * parent + 1
            guard first < heap.count else { break }
            var least = first
            for child in (first + 1)..<max(min(first + 4, heap.count), first + 1)
            where heap[child].precedes(heap[least]) {
                least = child
            }
            guard heap[least].precedes(place) else { break }
            heap[parent] = heap[least]
            parent = least
        }
        heap[parent] = place
    }
}
