/// The one way in for other rooms.
package enum Simulator {
    /// Runs one seed to its end; the same seed and options give the same report.
    ///
    /// - Parameter narrate: is told everything that happens, as it happens.
    package static func run(
        seed: UInt64,
        options: SimulationOptions = SimulationOptions(),
        narrate: ((NarratedLine) -> Void)? = nil
    ) -> SimulationReport {
        SimulatedCluster(seed: seed, options: options, narrate: narrate).run()
    }
}
