import Simulation
import Testing

@testable import roost

@Suite("a member that breaks an invariant ends its seed, and the seed's report says by which rule")
struct BrokenInvariantTests {
    @Test("a log batch that is called done twice")
    func completionsRepeat() async throws {
        let result = try await #require(
            processExitsWith: .failure,
            observing: [\.standardErrorContent]
        ) {
            var options = SimulationOptions()
            options.variety = .quiet
            options.milliseconds = 2_000
            options.plantedFault = .completionsRepeat
            _ = Simulator.run(seed: 1, options: options)
        }
        var report = SeedReport(seed: 1)
        for line in String(decoding: result.standardErrorContent, as: UTF8.self).split(
            separator: "\n"
        ) {
            report.add(line)
        }
        report.processEnded("signal 4")
        var summary = SwarmSummary()
        summary.add(report)
        #expect(summary.violations.count == 1)
        let text = try #require(summary.violations.first?.text)
        #expect(text.contains("the process ended (signal 4)"))
        #expect(text.contains("invariant broken: log batch"), "\(text)")
    }
}
