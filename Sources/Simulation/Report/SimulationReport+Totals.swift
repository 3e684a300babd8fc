extension SimulationReport {
    /// Everything that was counted, named for people; the names have no line breaks.
    package var totals: [(name: String, count: Int)] {
        let clients = [
            ("events", eventCount),
            ("writes acknowledged", acknowledgedWriteCount),
            ("writes of unknown outcome", unknownWriteCount),
            ("reads", readCount),
            ("lock grants", holdCount),
        ]
        return clients + Deed.allCases.map { ($0.name, deeds[$0]) }
            + Fault.allCases.map { ("fault: \($0.name)", faults[$0]) }
    }
}
