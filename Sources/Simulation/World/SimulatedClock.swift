internal import Bytes

/// One machine's monotonic clock: it began somewhere, and runs a little fast or slow. Members read
/// no other clock, so there is none that could jump.
struct SimulatedClock: Sendable {
    /// How fast the clocks of a run are.
    enum Rates: UInt8, Hashable, Sendable {
        /// All show the same time of the world, so that a lease is measured to the nanosecond.
        case alike = 0
        case different = 1

        /// Clocks drift by at most this, either way: half of what the promise about locks assumes,
        /// for two of them can differ by twice as much.
        private static let driftPartsPerMillionMax: Int64 = 5_000

        /// How much faster than the world one runs, in parts per million.
        func draw(_ chance: inout SplitMix64) -> Int64 {
            let bound = Self.driftPartsPerMillionMax
            let drift = Int64.random(in: -bound...bound, using: &chance)
            return self == .alike ? 0 : drift
        }
    }

    private let origin: UInt64
    private let driftPartsPerMillion: Int64

    init(_ rates: Rates, with chance: inout SplitMix64) {
        origin = UInt64.random(in: 0...1_000_000_000_000, using: &chance)
        driftPartsPerMillion = rates.draw(&chance)
    }

    /// What it shows at that moment of the world.
    func reading(at moment: MonotonicTime) -> MonotonicTime {
        let drift = Int64(moment.rawValue / 1_000_000) * driftPartsPerMillion
        return MonotonicTime(rawValue: UInt64(Int64(origin + moment.rawValue) + drift))
    }

    /// How long the world waits until so much has passed on this clock; a little longer rather
    /// than shorter.
    func wait(nanoseconds: UInt64) -> UInt64 {
        let length = Int64(clamping: nanoseconds)
        let drift = length / 1_000_000 * driftPartsPerMillion
        return UInt64(max(length - drift + length / 20_000, 0)) + 2_000
    }
}
