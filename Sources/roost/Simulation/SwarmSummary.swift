internal import Bytes

/// What many seeds came to.
struct SwarmSummary {
    private(set) var seedCount = 0
    private var virtualMilliseconds: UInt64 = 0
    private(set) var violations: [(seed: UInt64, text: String)] = []
    private var totals: [(name: String, count: Int)] = []

    /// Adds one seed.
    mutating func add(_ report: SeedReport) {
        seedCount += 1
        virtualMilliseconds += report.virtualMilliseconds
        violations += report.violations.map { (report.seed, $0) }
        for total in report.totals {
            if let place = totals.firstIndex(where: { $0.name == total.name }) {
                totals[place].count += total.count
            } else {
                totals.append(total)
            }
        }
    }

    /// One line a total.
    var table: String {
        let width = totals.map(\.name.count).max() ?? 0
        return totals.map { total in
            total.name + String(repeating: " ", count: width + 2 - total.name.count)
                + "\(total.count)\n"
        }.joined()
    }

    /// What never happened: a run without it proved nothing about it.
    var neverSeen: [String] { totals.filter { $0.count == 0 }.map(\.name) }

    /// `N seeds, H virtual hours, V violations`, with the speed.
    func headline(nanoseconds: UInt64) -> String {
        let virtual = virtualMilliseconds
        let tenths = virtual / 360_000
        let speed = virtual * 1_000_000 / max(nanoseconds, 1)
        return "\(seedCount) seeds, \(tenths / 10).\(tenths % 10) virtual hours, "
            + "\(violations.count) violations; \(speed) times faster than real time"
    }
}
