import Simulation
import Testing

@Suite("what Roost promises (contract, section 4) holds in every simulated history")
struct PromiseTests {
    @Test("no acknowledged write is lost, all members agree, every key is a linearizable register")
    func promises() {
        var total = SimulationReport(seed: 0)
        for seed: UInt64 in 1...8 {
            let report = Simulator.run(seed: seed, options: Self.options)
            #expect(report.violations.isEmpty, "seed \(seed): \(report)")
            total.add(report)
        }
        // A schedule in which nothing happens tests nothing.
        #expect(total.acknowledgedWriteCount > 1_000 && total.readCount > 1_000)
        #expect(total.crashCount > 8 && total.powerLossCount > 8 && total.rotCount > 0)
        #expect(total.snapshotCount > 8 && total.holdCount > 8)
    }

    @Test("one seed is one history")
    func determinism() {
        let first = Simulator.run(seed: 11, options: Self.options)
        #expect(first == Simulator.run(seed: 11, options: Self.options))
        #expect(first.traceHash != Simulator.run(seed: 12, options: Self.options).traceHash)
    }

    @Test("a quiet world: every request is served")
    func quiet() {
        var options = Self.options
        options.faultMilliseconds = 0
        options.rotCount = 0
        let report = Simulator.run(seed: 7, options: options)
        #expect(report.violations.isEmpty)
        #expect(report.unknownWriteCount <= options.clientCount)
        #expect(report.acknowledgedWriteCount > 200)
    }

    @Test(
        "a world that breaks its own promises is caught",
        arguments: [
            SimulationOptions.PlantedFault.disksForgetSyncs, .completionsComeEarly,
        ]
    )
    func plantedFaults(_ fault: SimulationOptions.PlantedFault) {
        var options = Self.options
        options.plantedFault = fault
        options.rotCount = 0
        let caught = (UInt64(1)...12).contains { seed in
            !Simulator.run(seed: seed, options: options).violations.isEmpty
        }
        #expect(caught)
    }

    /// Short enough for a build without optimisation.
    private static let options: SimulationOptions = {
        var options = SimulationOptions()
        options.clientCount = 4
        options.milliseconds = 2_000
        options.calmMilliseconds = 2_000
        return options
    }()
}
