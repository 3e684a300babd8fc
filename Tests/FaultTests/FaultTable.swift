import TestCluster

/// What a run came to, as a table in Markdown.
struct FaultTable {
    private struct Row {
        let name: String
        let measure: String
        var outcome = FaultRow.Outcome()
    }

    private var rows: [Row] = []
    private var counts = Ledger.Counts()
    /// Rows that need what is not there.
    private(set) var omitted: [String] = []

    /// Every fault has its row, in the matrix's order.
    init(_ faults: [FaultRow]) { rows = faults.map { Row(name: $0.name, measure: $0.measure) } }

    var violationCount: Int { rows.map(\.outcome.violations.count).reduce(0, +) }

    mutating func omit(_ fault: FaultRow) { omitted.append(fault.name) }

    mutating func add(_ outcome: FaultRow.Outcome, of fault: FaultRow, counts new: Ledger.Counts?) {
        guard let place = rows.firstIndex(where: { $0.name == fault.name }) else { return }
        rows[place].outcome.count += outcome.count
        rows[place].outcome.recoveries += outcome.recoveries
        rows[place].outcome.violations += outcome.violations
        guard let new else { return }
        counts.acknowledged += new.acknowledged
        counts.denied += new.denied
        counts.unknown += new.unknown
        counts.grants += new.grants
        counts.leaseEnds += new.leaseEnds
    }

    /// For Docs/testing.md.
    func markdown(seed: UInt64, seconds: Double) -> String {
        var text = """
            Seed \(seed), \(Int(seconds)) s. \(counts.acknowledged) operations answered, \
            \(counts.denied) certainly not carried out, \(counts.unknown) unknown, \
            \(counts.grants) grants of locks, \(counts.leaseEnds) leases that ended by themselves.

            | fault | times | recovery: median | worst | counted from … to … | violations |
            |---|---:|---:|---:|---|---:|

            """
        for row in rows where row.outcome.count > 0 {
            let sorted = row.outcome.recoveries.sorted()
            let median = sorted.isEmpty ? "-" : Self.milliseconds(sorted[sorted.count / 2])
            let worst = sorted.last.map(Self.milliseconds) ?? "-"
            text += "| \(row.name) | \(row.outcome.count) | \(median) | \(worst)"
            text += " | \(row.measure) | \(row.outcome.violations.count) |\n"
        }
        let total = rows.map(\.outcome.count).reduce(0, +)
        text += "| all | \(total) | | | | \(violationCount) |\n"
        if !omitted.isEmpty {
            text += "\nNot run here: \(omitted.joined(separator: "; ")).\n"
        }
        return text
    }

    private static func milliseconds(_ seconds: Double) -> String {
        "\(Int((seconds * 1000).rounded())) ms"
    }
}
