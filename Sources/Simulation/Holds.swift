internal import Bytes

/// When somebody could prove that it held the lock: held against each other at the end.
struct Holds: Sendable {
    private struct Hold: Sendable {
        let token: UInt64
        let from: MonotonicTime
        var until: MonotonicTime
    }

    private var holds: [Hold] = []

    var count: Int { holds.count }

    /// A grant was received, and can be proven until then.
    mutating func begin(token: UInt64, from: MonotonicTime, until: MonotonicTime) -> Int {
        holds.append(Hold(token: token, from: from, until: until))
        return holds.count - 1
    }

    /// It is given up.
    mutating func end(_ hold: Int, at time: MonotonicTime) {
        holds[hold].until = min(holds[hold].until, time)
    }

    /// Two at a time, or a token that does not grow (contract, section 4).
    func violations() -> [Violation] {
        var violations: [Violation] = []
        let inOrder = holds.filter { $0.from < $0.until }.sorted { $0.from < $1.from }
        for (earlier, later) in zip(inOrder, inOrder.dropFirst()) {
            if later.from < earlier.until {
                violations.append(.twoHolders(token: earlier.token, other: later.token))
            }
            if later.token <= earlier.token {
                violations.append(.tokenDidNotGrow(token: later.token, after: earlier.token))
            }
        }
        return violations
    }
}
