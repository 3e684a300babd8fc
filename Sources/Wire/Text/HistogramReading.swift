/// Durations as a page of metrics counts them: how many were at most so long, for rising bounds.
package struct HistogramReading: Hashable, Sendable {
    /// How many durations were at most `bound`.
    private struct Bucket: Hashable, Sendable {
        /// In nanoseconds; nil for the last, which has no bound.
        let bound: UInt64?
        let total: UInt64
    }

    private var buckets: [Bucket] = []
    package private(set) var sumNanoseconds: UInt64

    init(sumNanoseconds: UInt64) { self.sumNanoseconds = sumNanoseconds }

    /// Adds the next bucket of a page.
    mutating func append(bound: UInt64?, total: UInt64) {
        buckets.append(Bucket(bound: bound, total: total))
    }

    /// How many durations there are.
    package var count: UInt64 { buckets.last?.total ?? 0 }

    /// Their mean in nanoseconds; nil where there are none.
    package var meanNanoseconds: UInt64? { count > 0 ? sumNanoseconds / count : nil }

    /// What came since an earlier reading of the same histogram: all of it, where the process began
    /// anew in between.
    package func since(_ earlier: HistogramReading) -> HistogramReading {
        let bounds = buckets.map(\.bound)
        let isSame = bounds == earlier.buckets.map(\.bound)
        let hasGrown =
            isSame && sumNanoseconds >= earlier.sumNanoseconds
            && zip(buckets, earlier.buckets).allSatisfy { $0.total >= $1.total }
        guard hasGrown else { return self }
        var rest = HistogramReading(sumNanoseconds: sumNanoseconds - earlier.sumNanoseconds)
        for (now, before) in zip(buckets, earlier.buckets) {
            rest.append(bound: now.bound, total: now.total - before.total)
        }
        return rest
    }

    /// So long was that share of the durations at most, in nanoseconds, as if they lay evenly
    /// between the bounds (as Prometheus' `histogram_quantile` has it); the last bound where it lies
    /// beyond all of them. Nil where there are none.
    ///
    /// - Parameter percent: 1 to 100.
    package func quantile(percent: UInt64) -> UInt64? {
        guard count > 0 else { return nil }
        let (product, overflowed) = count.multipliedReportingOverflow(by: min(percent, 100))
        let rank = overflowed ? count : max(1, (product + 99) / 100)
        var (low, before) = (UInt64(0), UInt64(0))
        for bucket in buckets {
            guard let bound = bucket.bound, bound >= low else { return low }
            if bucket.total >= rank {
                let inside = max(1, bucket.total - min(before, bucket.total))
                let share = min(rank - min(before, rank), inside)
                let product = (bound - low).multipliedFullWidth(by: share)
                return low + inside.dividingFullWidth(product).quotient
            }
            (low, before) = (bound, bucket.total)
        }
        return low
    }
}
