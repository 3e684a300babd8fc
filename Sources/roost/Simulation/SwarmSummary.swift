internal import Bytes

/// What many seeds came to.
struct SwarmSummary {
    private(set) var seedCount = 0
    private var virtualMilliseconds: UInt64 = 0
    private var operationCount = 0
    private var incidentCount = 0
    private(set) var violations: [(seed: UInt64, text: String)] = []
    private var totals: [(name: String, count: Int)] = []

    /// Adds one seed.
    mutating func add(_ report: SeedReport) {
        seedCount += 1
        virtualMilliseconds += report.virtualMilliseconds
        operationCount += report.operationCount
        incidentCount += report.incidentCount
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

    /// How busy the clusters were, and how many faults they met.
    var pace: String {
        let milliseconds = Double(max(virtualMilliseconds, 1))
        let operations = Double(operationCount) * 1000 / milliseconds
        let incidents = Double(incidentCount) * 60_000 / milliseconds
        return "\(tenths(operations)) operations a virtual second, "
            + "\(tenths(incidents)) faults a virtual minute"
    }

    private func tenths(_ value: Double) -> String {
        let count = Int((value * 10).rounded())
        return "\(count / 10).\(count % 10)"
    }

    /// `N seeds, H virtual hours, V violations`, with the speed.
    func headline(nanoseconds: UInt64) -> String {
        let virtual = virtualMilliseconds
        let speed = virtual * 1_000_000 / max(nanoseconds, 1)
        return "\(seedCount) seeds, \(tenths(Double(virtual) / 3_600_000)) virtual hours, "
            + "\(violations.count) violations; \(speed) times faster than real time"
    }
}
