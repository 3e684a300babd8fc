internal import Bytes

/// What a run leaves: its report, the hash of everything that happened, and the lines that a listener
/// is told.
struct Story {
    /// What follows from the first few violations says no more.
    private static let violationCountMax = 16

    var trace = Trace()
    var report: SimulationReport
    private let narrate: ((NarratedLine) -> Void)?

    init(seed: UInt64, memberCount: Int, narrate: ((NarratedLine) -> Void)?) {
        report = SimulationReport(seed: seed)
        report.memberCount = memberCount
        self.narrate = narrate
    }

    /// Makes the line only where somebody listens.
    func tell(of member: Int?, at now: MonotonicTime, _ text: () -> String) {
        guard let narrate else { return }
        let microseconds = now.nanoseconds(since: World.beginning) / 1000
        narrate(NarratedLine(microseconds: microseconds, member: member, text: text()))
    }

    /// A promise was broken; each violation is reported once.
    mutating func found(_ violation: Violation, at now: MonotonicTime) {
        guard report.violations.count < Self.violationCountMax,
            !report.violations.contains(violation)
        else { return }
        tell(of: nil, at: now) { "VIOLATION \(violation)" }
        report.violations.append(violation)
    }
}
