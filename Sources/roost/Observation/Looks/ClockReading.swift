package import Wire

/// How far a member's clock is from this machine's, found as NTP finds it (RFC 5905, section 8): by
/// the time that an answer tells, and when it was asked for and came.
package struct ClockReading: Hashable, Sendable {
    /// The member's clock less this machine's, in milliseconds.
    package let offsetMilliseconds: Int64
    /// The offset is known to so many milliseconds: half of the round trip, and what rounding costs.
    package let uncertaintyMilliseconds: UInt64

    package init(offsetMilliseconds: Int64, uncertaintyMilliseconds: UInt64) {
        self.offsetMilliseconds = offsetMilliseconds
        self.uncertaintyMilliseconds = uncertaintyMilliseconds
    }

    /// - Parameters:
    ///   - told: what the member's clock showed.
    ///   - asked: what this machine's showed when it was asked.
    package init(told: PointInTime, asked: PointInTime, roundTripNanoseconds: UInt64) {
        let half = roundTripNanoseconds / 2_000_000
        let middle = Int64(clamping: asked.unixMilliseconds) + Int64(clamping: half)
        offsetMilliseconds = Int64(clamping: told.unixMilliseconds) - middle
        uncertaintyMilliseconds = half + 1
    }

    /// How far apart two clocks surely are, in milliseconds.
    package static func gapMilliseconds(between one: Self, and other: Self) -> UInt64 {
        let (difference, overflowed) = one.offsetMilliseconds
            .subtractingReportingOverflow(other.offsetMilliseconds)
        guard !overflowed else { return .max }
        let doubt = one.uncertaintyMilliseconds &+ other.uncertaintyMilliseconds
        return difference.magnitude - min(doubt, difference.magnitude)
    }

    /// How far the clock surely is from this machine's, in milliseconds.
    package var gapMilliseconds: UInt64 {
        Self.gapMilliseconds(
            between: self,
            and: ClockReading(offsetMilliseconds: 0, uncertaintyMilliseconds: 0)
        )
    }

    /// `5.2 s ahead (give or take 3 ms)`.
    var words: String {
        let magnitude = offsetMilliseconds.magnitude
        let time = Figure.time(nanoseconds: min(magnitude, .max / 1_000_000) * 1_000_000)
        let side = offsetMilliseconds < 0 ? "behind" : "ahead"
        return "\(time) \(side) (give or take \(uncertaintyMilliseconds) ms)"
    }
}
