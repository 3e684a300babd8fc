extension SimulationReport {
    /// Everything that was counted, named for people; the names have no line breaks.
    package var totals: [(name: String, count: Int)] {
        [
            ("events", eventCount),
            ("writes acknowledged", acknowledgedWriteCount),
            ("writes of unknown outcome", unknownWriteCount),
            ("reads", readCount),
            ("lock grants", holdCount),
            ("leaders", leaderCount),
            ("crashes", crashCount),
            ("power losses", powerLossCount),
            ("snapshots", snapshotCount),
            ("snapshots installed", installCount),
            ("rotten disks", rotCount),
        ]
    }
}
