import Simulation
import Testing

@Suite("what Roost promises (contract, section 4) holds in every simulated history")
struct PromiseTests {
    @Test("a quiet world: everything is served")
    func quiet() {
        var options = SimulationOptions()
        options.faultMilliseconds = 0
        options.milliseconds = 2_000
        let report = Simulator.run(seed: 7, options: options)
        #expect(report.violations.isEmpty)
        #expect(report.unknownWriteCount <= options.clientCount)
        #expect(report.acknowledgedWriteCount > 500)
    }
}
