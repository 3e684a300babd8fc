internal import Bytes

/// What a run came to.
package struct SimulationReport: Hashable, Sendable {
    package var seed: UInt64
    /// Over everything that happened: equal for two runs of one seed.
    package var traceHash: UInt128 = 0
    package var eventCount = 0
    /// The virtual time that the run took, calm included.
    package var milliseconds: UInt64 = 0
    package var memberCount = 0
    /// The faults that struck.
    package var faults = Tally<Fault>()
    /// What the members and the checks of the protocol did.
    package var coverage = Tally<CoverageCount>()
    /// What the clients did, and what was checked of it.
    package var workload = WorkloadReport()
    package var violations: [Violation] = []

    /// An empty report of that seed.
    package init(seed: UInt64) { self.seed = seed }

    /// Adds up what several runs did.
    package mutating func add(_ other: SimulationReport) {
        eventCount += other.eventCount
        milliseconds += other.milliseconds
        faults.add(other.faults)
        coverage.add(other.coverage)
        workload.add(other.workload)
        violations += other.violations
    }

    /// The run goes on with another cluster.
    mutating func goOn(with other: SimulationReport) {
        add(other)
        var hash = StableHash(seed: UInt64(truncatingIfNeeded: traceHash))
        hash.combine(UInt64(truncatingIfNeeded: traceHash >> 64))
        hash.combine(UInt64(truncatingIfNeeded: other.traceHash))
        hash.combine(UInt64(truncatingIfNeeded: other.traceHash >> 64))
        traceHash = hash.value
    }

    /// What struck on its own; frames that were struck are not counted.
    package var incidentCount: Int { Fault.incidents.reduce(0) { $0 + faults[$1] } }
}

extension SimulationReport {
    /// Everything that was counted, named for people; the names have no line breaks.
    package var totals: [(name: String, count: Int)] {
        [("events", eventCount)] + workload.totals
            + CoverageCount.allCases.map { ($0.name, coverage[$0]) }
            + Fault.allCases.map { ("fault: \($0.name)", faults[$0]) }
    }
}
