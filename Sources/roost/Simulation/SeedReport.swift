internal import Simulation

/// What one seed's process says on its standard output: a line each, a word and the rest.
///
/// | line              | meaning                                                |
/// |-------------------|--------------------------------------------------------|
/// | `trace HASH`      | over everything that happened, equal for equal seeds   |
/// | `virtual MS`      | the virtual time that it took, in milliseconds         |
/// | `operations COUNT`| requests of clients that were answered                 |
/// | `incidents COUNT` | faults that struck, those of single frames left out    |
/// | `violation TEXT`  | a promise that was broken                              |
/// | `total COUNT NAME`| how often something happened                           |
/// | `end`             | the run came to its end; always last                   |
///
/// Any other line is the process's last words: the seed ended it.
struct SeedReport: Sendable {
    let seed: UInt64
    private(set) var traceHash = ""
    private(set) var virtualMilliseconds: UInt64 = 0
    private(set) var operationCount = 0
    private(set) var incidentCount = 0
    private(set) var violations: [String] = []
    private(set) var totals: [(name: String, count: Int)] = []
    private(set) var isComplete = false
    private var lastWords: [String] = []

    /// Nothing is known of that seed yet.
    init(seed: UInt64) { self.seed = seed }

    /// The lines that say what a run came to.
    static func lines(of report: SimulationReport) -> [String] {
        [
            "trace \(String(report.traceHash, radix: 16))", "virtual \(report.milliseconds)",
            "operations \(report.workload.operationCount)", "incidents \(report.incidentCount)",
        ] + report.violations.map { "violation \($0)" }
            + report.totals.map { "total \($0.count) \($0.name)" } + ["end"]
    }

    /// Reads one more line of the process.
    mutating func add(_ line: Substring) {
        let parts = line.split(separator: " ", maxSplits: 1)
        let rest = parts.count > 1 ? parts[1] : ""
        switch parts.first {
        case "trace": traceHash = String(rest)
        case "virtual": virtualMilliseconds = UInt64(rest) ?? 0
        case "operations": operationCount = Int(rest) ?? 0
        case "incidents": incidentCount = Int(rest) ?? 0
        case "violation": violations.append(String(rest))
        case "total": addTotal(rest)
        case "end": isComplete = true
        case nil: break
        default: lastWords.append(String(line))
        }
    }

    /// The process is gone: one that did not come to its end broke a promise by that.
    mutating func processEnded(_ ending: String) {
        guard !isComplete else { return }
        violations.append("the process ended (\(ending)): \(lastWords.joined(separator: "; "))")
    }

    private mutating func addTotal(_ text: Substring) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[0]) else { return }
        totals.append((String(parts[1]), count))
    }
}
