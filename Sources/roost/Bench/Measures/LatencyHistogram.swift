/// How often which latency was met: an HDR histogram (Tene, "HdrHistogram") of nanoseconds.
///
/// Values below 2,048 have a bucket each; above, every power of two is cut into 1,024 buckets, so
/// that a value is told to within 0.1 %: three significant digits. 264 KiB, whatever it holds.
package struct LatencyHistogram: Sendable {
    private static let precisionBits = 10
    /// About 73 minutes; what is longer counts as this long.
    package static let nanosecondsMax: UInt64 = (1 << 42) - 1
    private static let bucketCount = bucket(of: nanosecondsMax) + 1

    /// How many values there are.
    package private(set) var count: UInt64 = 0
    /// The largest value, exactly; 0 when there is none.
    package private(set) var maximum: UInt64 = 0
    /// The smallest value, exactly; 0 when there is none.
    package var minimum: UInt64 { count == 0 ? 0 : smallest }
    private var smallest = UInt64.max
    private var sum: UInt64 = 0
    private var counts: [UInt64]

    /// No value yet.
    package init() { counts = [UInt64](repeating: 0, count: Self.bucketCount) }

    /// The mean in nanoseconds, 0 when there is no value.
    package var mean: UInt64 { count == 0 ? 0 : sum / count }

    /// Counts one value.
    ///
    /// - Complexity: O(1), nothing is allocated.
    package mutating func record(_ nanoseconds: UInt64) {
        let value = min(nanoseconds, Self.nanosecondsMax)
        counts[Self.bucket(of: value)] += 1
        count += 1
        sum &+= value
        maximum = max(maximum, value)
        smallest = min(smallest, value)
    }

    /// The value that this part of all values does not exceed.
    ///
    /// - Parameter part: from 0 to 1; 0.99 is the 99th percentile.
    /// - Returns: the upper end of its bucket, never more than the maximum; 0 when there is no
    ///   value.
    /// - Complexity: O(*b*) in the number of buckets.
    package func value(at part: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, min(count, UInt64((Double(count) * part).rounded(.up))))
        var passed: UInt64 = 0
        for bucket in Self.bucket(of: minimum)...Self.bucket(of: maximum) {
            passed += counts[bucket]
            if passed >= rank { return min(Self.upperEnd(of: bucket), maximum) }
        }
        return maximum
    }

    /// Adds every value of another histogram.
    package mutating func merge(_ other: LatencyHistogram) {
        guard other.count > 0 else { return }
        for bucket in Self.bucket(of: other.minimum)...Self.bucket(of: other.maximum) {
            counts[bucket] += other.counts[bucket]
        }
        count += other.count
        sum &+= other.sum
        maximum = max(maximum, other.maximum)
        smallest = min(smallest, other.smallest)
    }

    /// Forgets every value; the memory stays.
    package mutating func removeAll() {
        guard count > 0 else { return }
        for bucket in Self.bucket(of: minimum)...Self.bucket(of: maximum) { counts[bucket] = 0 }
        (count, sum, maximum, smallest) = (0, 0, 0, .max)
    }

    /// The first 2,048 are the values themselves; then 1,024 for each power of two.
    private static func bucket(of value: UInt64) -> Int {
        let shift = max(0, 63 - precisionBits - (value | 1).leadingZeroBitCount)
        return (shift << precisionBits) + Int(value >> UInt64(shift))
    }

    /// The largest value that a bucket takes.
    private static func upperEnd(of bucket: Int) -> UInt64 {
        let shift = max(0, (bucket >> precisionBits) - 1)
        let top = UInt64(bucket - (shift << precisionBits))
        return ((top + 1) << UInt64(shift)) - 1
    }
}
