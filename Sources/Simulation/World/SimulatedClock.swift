internal import Bytes

/// One machine's monotonic clock: it began somewhere, and runs a little fast or slow.
struct SimulatedClock: Sendable {
    /// Clocks drift by at most this, either way: half of what the promise about locks assumes, for
    /// two of them can differ by twice as much.
    private static let driftPartsPerMillionMax: Int64 = 5_000

    private let origin: UInt64
    private let driftPartsPerMillion: Int64

    init(_ chance: inout SplitMix64) {
        origin = UInt64.random(in: 0...1_000_000_000_000, using: &chance)
        driftPartsPerMillion = Int64.random(
            in: -Self.driftPartsPerMillionMax...Self.driftPartsPerMillionMax,
            using: &chance
        )
    }

    /// What it shows at that moment of the world.
    func reading(at moment: MonotonicTime) -> MonotonicTime {
        let drift = Int64(moment.rawValue / 1_000_000) * driftPartsPerMillion
        return MonotonicTime(rawValue: UInt64(Int64(origin + moment.rawValue) + drift))
    }
}
