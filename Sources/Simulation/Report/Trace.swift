internal import Bytes

/// A hash over everything that happens in a run, in order.
struct Trace: Sendable {
    private var hash = StableHash(seed: 0x7472_6163_65)
    private(set) var eventCount = 0

    var value: UInt128 { hash.value }

    /// Something of that kind happened to somebody.
    mutating func note(_ kind: UInt64, subject: Int, at time: MonotonicTime) {
        eventCount += 1
        hash.combine(time.rawValue)
        hash.combine(kind << 32 | UInt64(subject))
    }

    mutating func note(_ value: UInt64) { hash.combine(value) }

    mutating func note(_ bytes: [UInt8]) { hash.combine(bytes.span) }
}
