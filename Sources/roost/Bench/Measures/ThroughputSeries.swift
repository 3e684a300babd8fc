internal import Bytes

/// Throughput and latency over time, in steps of equal length.
struct ThroughputSeries: Sendable {
    /// What happened within one step.
    struct Step: Hashable, Sendable {
        /// Its end, from the beginning of what is measured.
        let endNanoseconds: UInt64
        let lengthNanoseconds: UInt64
        let successCount: UInt64
        let errorCount: UInt64
        let median: UInt64
        let percentile99: UInt64
        let maximum: UInt64
    }

    /// How long a step is; there are about a hundred.
    private static let nanoseconds: ClosedRange<UInt64> = 100_000_000...1_000_000_000
    private static let stepCount: UInt64 = 100

    private(set) var steps: [Step] = []
    let stepNanoseconds: UInt64
    /// The operation whose answers are counted; errors of all operations are.
    let subjects: [MeasuredOperation]
    private var histogram = LatencyHistogram()
    private var others = LatencyHistogram()

    init(_ extent: BenchOptions.Extent, of subjects: [MeasuredOperation]) {
        self.subjects = subjects
        switch extent {
        case .milliseconds(let milliseconds):
            let (product, overflowed) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
            let step = (overflowed ? .max : product) / Self.stepCount
            stepNanoseconds = min(
                max(step, Self.nanoseconds.lowerBound),
                Self.nanoseconds.upperBound
            )
        case .requests: stepNanoseconds = Self.nanoseconds.lowerBound
        }
        steps.reserveCapacity(Int(Self.stepCount) + 8)
    }

    /// Ends a step with what the tallies counted since the last one.
    mutating func append(_ tallies: inout [RequestCounts], now: MonotonicTime, begin: MonotonicTime)
    {
        var errorCount: UInt64 = 0
        histogram.removeAll()
        others.removeAll()
        for operation in MeasuredOperation.allCases {
            if subjects.contains(operation) {
                tallies[operation].settle(into: &histogram, errorCount: &errorCount)
            } else {
                tallies[operation].settle(into: &others, errorCount: &errorCount)
            }
        }
        let end = now.nanoseconds(since: begin)
        let length = end - (steps.last?.endNanoseconds ?? 0)
        guard length > 0 else { return }
        steps.append(
            Step(
                endNanoseconds: end,
                lengthNanoseconds: length,
                successCount: histogram.count,
                errorCount: errorCount,
                median: histogram.value(at: 0.5),
                percentile99: histogram.value(at: 0.99),
                maximum: histogram.maximum
            )
        )
    }
}
