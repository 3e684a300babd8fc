internal import Bytes

/// Which watchers have not been told of which writes yet.
///
/// Writes are numbered, and the number is in the value: an event names its write whatever was lost
/// or refused before it.
struct FanOut: Sendable {
    private struct Round: Sendable {
        var number = -1
        var beganAt = MonotonicTime(rawValue: 0)
        var missingCount = 0
        var isCounted = false
    }

    /// What an event is worth.
    struct Arrival: Hashable, Sendable {
        let nanoseconds: UInt64
        let isCounted: Bool
        /// Whether it was the last of its write.
        let isLast: Bool
    }

    /// After this many later writes, a write is no longer waited for.
    private static let capacity = 4096

    private var rounds = [Round](repeating: Round(), count: capacity)
    private(set) var nextNumber = 0
    /// Writes that some watcher waits for.
    private(set) var openCount = 0

    /// Begins a write.
    ///
    /// - Returns: its number, and how many watchers never heard of a counted write that is no longer
    ///   waited for.
    mutating func begin(
        at time: MonotonicTime,
        watcherCount: Int,
        isCounted: Bool
    ) -> (number: Int, missedCount: Int) {
        let number = nextNumber
        nextNumber += 1
        let missed = close(number - Self.capacity)
        rounds[number % Self.capacity] = Round(
            number: number,
            beganAt: time,
            missingCount: watcherCount,
            isCounted: isCounted
        )
        if watcherCount > 0 { openCount += 1 }
        return (number, missed)
    }

    /// A watcher got the event of a write; nil when nobody waits for it.
    mutating func arrive(_ number: Int, now: MonotonicTime) -> Arrival? {
        let place = number % Self.capacity
        guard number >= 0, rounds[place].number == number, rounds[place].missingCount > 0 else {
            return nil
        }
        rounds[place].missingCount -= 1
        let isLast = rounds[place].missingCount == 0
        if isLast { openCount -= 1 }
        return Arrival(
            nanoseconds: now.nanoseconds(since: rounds[place].beganAt),
            isCounted: rounds[place].isCounted,
            isLast: isLast
        )
    }

    /// A write's events are no longer waited for.
    ///
    /// - Returns: how many were missing of a write that counts.
    @discardableResult
    mutating func close(_ number: Int) -> Int {
        guard number >= 0, rounds[number % Self.capacity].number == number else { return 0 }
        let round = rounds[number % Self.capacity]
        rounds[number % Self.capacity].missingCount = 0
        if round.missingCount > 0 { openCount -= 1 }
        return round.isCounted ? round.missingCount : 0
    }

    /// One watcher is gone, which was told of every write through `seen`.
    ///
    /// - Returns: how many events of writes that count it will not get.
    mutating func leave(seen: Int) -> Int {
        var missed = 0
        for number in max(seen + 1, nextNumber - Self.capacity, 0)..<max(nextNumber, seen + 1) {
            let place = number % Self.capacity
            guard rounds[place].number == number, rounds[place].missingCount > 0 else { continue }
            rounds[place].missingCount -= 1
            if rounds[place].missingCount == 0 { openCount -= 1 }
            if rounds[place].isCounted { missed += 1 }
        }
        return missed
    }

    /// How many events are still waited for, of writes that count.
    var missingCount: Int {
        rounds.reduce(0) { $0 + ($1.isCounted ? $1.missingCount : 0) }
    }
}
