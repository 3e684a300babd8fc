internal import Platform

/// One line on a terminal that says how far the seeds are; nothing where nobody looks.
struct SwarmProgress {
    private let seedCount: UInt64
    private let isVisible = StandardStream.error.isTerminal
    private var shownCount = 0

    /// Nothing is shown yet.
    init(seedCount: UInt64) { self.seedCount = seedCount }

    /// Shows it anew when another seed has ended.
    mutating func show(_ summary: SwarmSummary) {
        guard isVisible, summary.seedCount != shownCount else { return }
        shownCount = summary.seedCount
        let line = "\(shownCount) of \(seedCount) seeds, \(summary.violations.count) violations"
        StandardStream.error.print("\r\u{1B}[K" + line)
    }

    /// Takes the line away.
    func clear() { if isVisible, shownCount > 0 { StandardStream.error.print("\r\u{1B}[K") } }
}
