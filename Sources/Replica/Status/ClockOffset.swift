/// How far a peer's wall clock was ahead of the own one when it answered a ping.
package struct ClockOffset: Hashable, Sendable {
    /// Negative where it is behind.
    package let milliseconds: Int64
    /// How far the true offset may lie from that, either way: half the round trip.
    package let uncertaintyMilliseconds: UInt64

    /// - Parameter theirs: what the peer's wall clock showed, in milliseconds since 1970.
    /// - Parameter ours: what the own one showed when the answer came.
    init(of theirs: UInt64, to ours: UInt64, roundTripNanoseconds: UInt64) {
        uncertaintyMilliseconds = (roundTripNanoseconds / 2 + 999_999) / 1_000_000
        let ahead = Int64(clamping: theirs).subtractingReportingOverflow(Int64(clamping: ours))
        let half = Int64(clamping: uncertaintyMilliseconds)
        let sum = ahead.partialValue.addingReportingOverflow(half)
        milliseconds = ahead.overflow || sum.overflow ? .max : sum.partialValue
    }
}
