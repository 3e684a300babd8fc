internal import Bytes

/// A hash over everything that happens in a run, in order.
struct Trace: Sendable {
    /// What can happen to somebody.
    enum Kind: UInt64, Sendable {
        case start = 1
        case turn = 2
        case diskCompletion = 3
        case frame = 4
        case fault = 5
        case clientAnswer = 6
    }

    private var hash = StableHash(seed: 0x7472_6163_65)
    private(set) var eventCount = 0

    var value: UInt128 { hash.value }

    /// Something of that kind happened to somebody.
    mutating func note(_ kind: Kind, subject: Int, at time: MonotonicTime) {
        eventCount += 1
        hash.combine(time.rawValue)
        hash.combine(kind.rawValue << 32 | UInt64(subject))
    }

    mutating func note(_ value: UInt64) { hash.combine(value) }
}
