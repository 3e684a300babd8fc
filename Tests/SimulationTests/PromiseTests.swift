import Simulation
import Testing

@Suite("what Roost promises (guarantees.md) holds in every simulated history")
struct PromiseTests {
    @Test("no promise to any client is broken, and every one was put to the test")
    func promises() {
        var total = SimulationReport(seed: 0)
        var options = Self.options
        options.milliseconds = 10_000
        for seed: UInt64 in 1...20 {
            let report = Simulator.run(seed: seed, options: options)
            #expect(report.violations.isEmpty, "seed \(seed): \(report.violations)")
            for example in report.workload.counterexamples { Issue.record("\(example.text)") }
            total.add(report)
        }
        // A schedule in which nothing happens tests nothing.
        #expect(total.workload.checks.absent == [])
        #expect(total.workload.checks[.linearizedOperation] > 300)
        #expect(Double(total.incidentCount) * 60_000 > 5 * Double(total.milliseconds))
        #expect(total.coverage[.start] > 20 && total.coverage[.election] > 8)
        #expect(total.coverage[.entryCheck] > 100 && total.coverage[.storeCheck] > 100)
        #expect(total.coverage[.restore] == 20 && total.coverage[.restoredCheck] > 100)
    }

    @Test("one seed is one history")
    func determinism() {
        let first = Simulator.run(seed: 11, options: Self.options)
        #expect(first == Simulator.run(seed: 11, options: Self.options))
        #expect(first.traceHash != Simulator.run(seed: 12, options: Self.options).traceHash)
    }

    @Test("the story of a seed is told without changing it")
    func narration() {
        var lines: [String] = []
        let told = Simulator.run(seed: 11, options: Self.options) { lines.append("\($0)") }
        #expect(told == Simulator.run(seed: 11, options: Self.options))
        #expect(lines.contains { $0.contains("leads term") })
    }

    @Test("a quiet world: every request is served")
    func quiet() {
        var options = Self.options
        options.variety = .quiet
        let report = Simulator.run(seed: 7, options: options)
        #expect(report.violations.isEmpty)
        #expect(report.faults.total == 0)
        #expect(report.workload.activities[.unknown] <= 1)
        #expect(report.workload.checks[.linearizedOperation] > 20)
    }

    @Test(
        "a world that breaks its own promises is caught",
        arguments: [
            SimulationOptions.PlantedFault.disksForgetSyncs, .completionsComeEarly,
            .disksForgetVotes, .networkFlipsBits,
        ]
    )
    func plantedFaults(_ fault: SimulationOptions.PlantedFault) {
        var options = Self.options
        options.plantedFault = fault
        let caught = (UInt64(1)...12).contains { seed in
            !Simulator.run(seed: seed, options: options).violations.isEmpty
        }
        #expect(caught)
    }

    /// Short enough for a build without optimisation.
    private static let options: SimulationOptions = {
        var options = SimulationOptions()
        options.milliseconds = 5_000
        return options
    }()
}
