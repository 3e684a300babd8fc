/// Durations, counted in buckets whose bounds double: 8.192 us is the first, 8.59 s the last.
///
/// - Complexity: to add is O(1), without a search.
package struct DurationHistogram: Hashable, Sendable {
    /// The bounds in nanoseconds, as powers of two.
    private static let exponents = 13...33
    /// How many bounds there are; one more bucket has what lies beyond the last.
    package static let boundCount = 21

    /// What fell into each bucket, in order of the bounds; the last one has no bound.
    package private(set) var counts = [UInt64](repeating: 0, count: boundCount + 1)
    package private(set) var sumNanoseconds: UInt64 = 0

    package init() {}

    /// The bound of a bucket in nanoseconds; what equals it belongs to the bucket.
    package static func bound(_ place: Int) -> UInt64 { 1 << UInt64(exponents.lowerBound + place) }

    /// How many durations were added.
    package var count: UInt64 { counts.reduce(0, &+) }

    /// Adds a duration that `count` things had.
    package mutating func add(nanoseconds: UInt64, count: UInt64 = 1) {
        let beyond = (max(nanoseconds, 1) - 1) >> UInt64(Self.exponents.lowerBound)
        counts[min(UInt64.bitWidth - beyond.leadingZeroBitCount, Self.boundCount)] &+= count
        sumNanoseconds &+= nanoseconds &* count
    }
}
