/// The connections that may send, each at most once, served in turn.
struct LaneQueue: Sendable {
    private var ring: [Int32]
    private var isListed: [Bool]
    private var head = 0
    private var count = 0

    /// - Parameter laneCount: how many connections there are.
    init(laneCount: Int) {
        ring = [Int32](repeating: 0, count: laneCount)
        isListed = [Bool](repeating: false, count: laneCount)
    }

    var isEmpty: Bool { count == 0 }

    /// Adds one at the end unless it stands in the queue.
    mutating func append(_ lane: Int) {
        guard !isListed[lane] else { return }
        isListed[lane] = true
        ring[(head + count) % ring.count] = Int32(truncatingIfNeeded: lane)
        count += 1
    }

    /// Takes the first, nil when there is none.
    mutating func popFirst() -> Int? {
        guard count > 0 else { return nil }
        let lane = Int(ring[head])
        isListed[lane] = false
        head = head + 1 == ring.count ? 0 : head + 1
        count -= 1
        return lane
    }
}
