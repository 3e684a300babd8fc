internal import Bytes

/// When what a client asked came, of what was taken in and has not begun, in the order of arrival.
struct Arrivals {
    /// Requests that came at once.
    struct Run: Hashable {
        let time: MonotonicTime
        var count: Int
    }

    private(set) var count = 0
    /// What is next to begin.
    private var next: Run?
    private var later: [Run] = []

    /// When the one came that is next to begin.
    var time: MonotonicTime? { next?.time }

    /// So many wait since something came at that time.
    mutating func note(waitingCount: Int, at time: MonotonicTime) {
        let came = Run(time: time, count: waitingCount - count)
        guard came.count > 0 else { return }
        count = waitingCount
        if next == nil { next = came } else { later.append(came) }
    }

    /// The oldest begin.
    ///
    /// - Parameter count: at least one, and no more than wait.
    /// - Returns: when the oldest came, and what of the others came later than that.
    mutating func take(_ count: Int) -> (first: MonotonicTime, others: [Run]) {
        invariant(count > 0 && count <= self.count, "\(count) of \(self.count) begin")
        self.count -= count
        let oldest = takeRun(atMost: count)
        var (leftCount, others): (Int, [Run]) = (count - oldest.count, [])
        while leftCount > 0 {
            others.append(takeRun(atMost: leftCount))
            leftCount -= others[others.count - 1].count
        }
        return (oldest.time, others)
    }

    private mutating func takeRun(atMost count: Int) -> Run {
        guard let run = next else { unreachable("more begins than came") }
        if run.count > count {
            next = Run(time: run.time, count: run.count - count)
            return Run(time: run.time, count: count)
        }
        next = later.isEmpty ? nil : later.removeFirst()
        return run
    }
}
