internal import Bytes

/// What is to happen, in order of time; at one moment, in order of scheduling.
struct EventQueue<Event: Sendable>: Sendable {
    private struct Scheduled: Sendable {
        let time: MonotonicTime
        let sequence: UInt64
        let event: Event

        func precedes(_ other: Scheduled) -> Bool {
            (time.rawValue, sequence) < (other.time.rawValue, other.sequence)
        }
    }

    /// A binary heap: the children of `n` are `2n + 1` and `2n + 2`.
    private var heap: [Scheduled] = []
    private var nextSequence: UInt64 = 0

    mutating func schedule(_ event: Event, at time: MonotonicTime) {
        heap.append(Scheduled(time: time, sequence: nextSequence, event: event))
        nextSequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> (time: MonotonicTime, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].precedes(heap[least]) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
