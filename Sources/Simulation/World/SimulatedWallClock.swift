internal import Bytes

/// What one process takes for the time of day: set more or less right when it began, and set anew
/// now and then, forwards or backwards. Nothing may depend on it.
struct SimulatedWallClock: Sendable {
    private static let epochMilliseconds: UInt64 = 1_700_000_000_000

    /// What it shows at the world's beginning.
    private let originMilliseconds: UInt64
    /// It may be set anew after each such while.
    private let settingMilliseconds: UInt64
    /// By how much it then is ahead, at the most.
    private let jumpMillisecondsMax: UInt64
    private let seed: UInt64

    init(with chance: inout SplitMix64) {
        // A machine without a battery begins in 1970.
        let isSet = Int.random(in: 0..<16, using: &chance) > 0
        let skew = UInt64.random(in: 0...[0, 40, 2_000, 90_000].pick(&chance), using: &chance)
        originMilliseconds = isSet ? Self.epochMilliseconds + skew : 0
        settingMilliseconds = UInt64.random(in: 4_000...60_000, using: &chance)
        jumpMillisecondsMax = [0, 0, 90, 1_000, 100_000, 40_000_000_000].pick(&chance)
        seed = chance.next()
    }

    /// Milliseconds since 1970 as it shows them at that moment of the world.
    func milliseconds(at moment: MonotonicTime) -> UInt64 {
        let passed = moment.rawValue / 1_000_000
        guard jumpMillisecondsMax > 0 else { return originMilliseconds + passed }
        var hash = StableHash(seed: seed)
        hash.combine(passed / settingMilliseconds)
        let jump = UInt64(truncatingIfNeeded: hash.value) % (jumpMillisecondsMax + 1)
        return originMilliseconds + passed + jump
    }
}
