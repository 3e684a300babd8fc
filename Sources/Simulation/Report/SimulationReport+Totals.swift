extension SimulationReport {
    /// Everything that was counted, named for people; the names have no line breaks.
    package var totals: [(name: String, count: Int)] {
        [("events", eventCount)] + workload.totals
            + CoverageCount.allCases.map { ($0.name, coverage[$0]) }
            + Fault.allCases.map { ("fault: \($0.name)", faults[$0]) }
    }
}
