internal import Simulation

/// One seed, looked into by a person.
struct SeedStory {
    /// How much of it is told.
    enum Detail: Hashable, Sendable { case outcome, everything }

    let seed: UInt64
    let options: SimulationOptions

    /// Prints what other processes of roost read.
    func report(to console: Console) throws(Failure) -> ExitCode {
        let report = Simulator.run(seed: seed, options: options)
        for line in SeedReport.lines(of: report) { try console.line(line) }
        return exitCode(of: report)
    }

    /// Prints the story as it happens, then what it came to.
    ///
    /// - Parameter page: a file for the histories that could not be; nothing is written where all
    ///   could.
    func tell(to console: Console, detail: Detail, page: String?) throws(Failure) -> ExitCode {
        var failure: Failure?
        let narrate = { (line: NarratedLine) in
            guard failure == nil else { return }
            do throws(Failure) { try console.line("\(line)") } catch { failure = error }
        }
        let report = Simulator.run(
            seed: seed,
            options: options,
            narrate: detail == .everything ? narrate : nil
        )
        if let failure { throw failure }
        for violation in report.violations { try console.line("violation: \(violation)") }
        for example in report.workload.counterexamples { try console.line(example.text) }
        if let page { try write(report, to: page) }
        let hash = String(report.traceHash, radix: 16)
        try console.line(
            "seed \(seed): \(report.violations.count) violations, \(report.eventCount) events, "
                + "trace \(hash)"
        )
        return exitCode(of: report)
    }

    private func exitCode(of report: SimulationReport) -> ExitCode {
        report.violations.isEmpty ? .done : .failed
    }

    private func write(_ report: SimulationReport, to path: String) throws(Failure) {
        let pages = report.workload.counterexamples.map {
            CounterexamplePage($0, title: "seed \(seed)").html
        }
        guard !pages.isEmpty else { return }
        try OutputFile(path).write(Array(pages.joined(separator: "\n").utf8))
    }
}
