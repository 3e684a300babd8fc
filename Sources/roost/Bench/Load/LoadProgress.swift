internal import Bytes
internal import Platform

/// One line on a terminal that says how it goes; nothing where nobody looks.
struct LoadProgress {
    /// How often it changes.
    private static let milliseconds: UInt64 = 250

    private let isVisible = StandardStream.error.isTerminal
    private var shownAt: MonotonicTime?

    /// Says what is being done.
    mutating func show(_ text: String) {
        let now = Clock.monotonicNow()
        let isDue = shownAt.map { now >= $0.advanced(byMilliseconds: Self.milliseconds) } ?? true
        guard isVisible, isDue else { return }
        shownAt = now
        StandardStream.error.print("\r\u{1B}[K" + text)
    }

    /// Says what the last step came to.
    mutating func show(_ task: String, timeline: ThroughputSeries) {
        guard let step = timeline.steps.last else { return }
        let errorCount = timeline.steps.reduce(0) { $0 + $1.errorCount }
        let rate = Figure.rate(step.successCount, nanoseconds: step.lengthNanoseconds)
        show(
            "\(task): \(Figure.fixed(Double(step.endNanoseconds) / 1e9, decimals: 1)) s, \(rate), "
                + "p50 \(Figure.time(nanoseconds: step.median)), "
                + "p99 \(Figure.time(nanoseconds: step.percentile99)), "
                + "\(Figure.count(errorCount)) errors"
        )
    }

    /// Takes the line away.
    mutating func clear() {
        if isVisible, shownAt != nil { StandardStream.error.print("\r\u{1B}[K") }
        shownAt = nil
    }
}
