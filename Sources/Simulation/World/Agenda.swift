internal import Bytes

/// When each member's next turn is due, and its disk's lanes are done: one moment for each, so
/// that moving it leaves nothing stale.
struct Agenda {
    enum Duty: Int {
        case turn = 0
        case log = 1
        case background = 2

        static let count = 3
    }

    private static let never = UInt64.max

    /// By member and duty.
    private var times: [UInt64]

    init(memberCount: Int) {
        times = Array(repeating: Self.never, count: memberCount * Duty.count)
    }

    /// What is due first; of several at one moment that of the first member.
    ///
    /// - Complexity: O(*n*) in the members.
    var first: (time: MonotonicTime, member: Int, duty: Duty)? {
        var best = 0
        for place in 1..<times.count where times[place] < times[best] { best = place }
        guard times[best] != Self.never, let duty = Duty(rawValue: best % Duty.count) else {
            return nil
        }
        return (MonotonicTime(rawValue: times[best]), best / Duty.count, duty)
    }

    /// One more member, with nothing to do yet.
    mutating func addMember() {
        times.append(contentsOf: repeatElement(Self.never, count: Duty.count))
    }

    mutating func set(_ duty: Duty, of member: Int, at time: MonotonicTime) {
        times[member * Duty.count + duty.rawValue] = time.rawValue
    }

    /// At that time, unless it is due sooner.
    mutating func hasten(_ duty: Duty, of member: Int, to time: MonotonicTime) {
        let place = member * Duty.count + duty.rawValue
        times[place] = min(times[place], time.rawValue)
    }

    mutating func clear(_ duty: Duty, of member: Int) {
        times[member * Duty.count + duty.rawValue] = Self.never
    }

    mutating func clear(of member: Int) {
        for place in 0..<Duty.count { times[member * Duty.count + place] = Self.never }
    }
}
