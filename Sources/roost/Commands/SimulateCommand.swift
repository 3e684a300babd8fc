internal import Bytes
internal import Platform
internal import Simulation

/// `roost simulate`: whole clusters in one thread, decided by seeds.
enum SimulateCommand {
    private static let defaultMinutes: UInt64 = 10

    static let command = Command(
        Verb(
            "simulate",
            reach: .machine,
            summary: "run simulated clusters under faults and check what they promise",
            explanation: """
                Each seed is one history of a whole cluster with its clients, disks, network and \
                clocks; the same seed gives the same history everywhere. Exit code 1 when a promise \
                was broken.
                """,
            flags: [
                Flag("seed", value: .required("N"), "run this seed only"),
                Flag(
                    "seeds",
                    value: .required("A..B"),
                    "run these seeds, both ends included (1..20)"
                ),
                Flag("minutes", value: .required("M"), "virtual minutes of faults a seed (10)"),
                Service.outputFlag,
            ],
            examples: [
                Verb.Example(
                    command: "roost simulate --seeds 1..2 --minutes 1",
                    effect: "ends with the count of seeds, virtual hours and violations"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure)
        -> ExitCode
    {
        let seeds = try seeds(invocation)
        var options = SimulationOptions()
        options.milliseconds = (try invocation.number("minutes") ?? defaultMinutes) * 60_000
        var total = SimulationReport(seed: seeds.lowerBound)
        let began = Clock.monotonicNow()
        for seed in seeds {
            let report = Simulator.run(seed: seed, options: options)
            for violation in report.violations { try console.line("seed \(seed): \(violation)") }
            total.add(report)
        }
        let spent = Clock.monotonicNow().nanoseconds(since: began)
        let virtual = UInt64(seeds.count) * (options.milliseconds + options.calmMilliseconds)
        try console.line(
            "\(seeds.count) seeds, \(virtual / 3_600_000) virtual hours, "
                + "\(total.violations.count) violations; "
                + "\(virtual * 1_000_000 / max(spent, 1)) times real time"
        )
        return total.violations.isEmpty ? .done : .failed
    }

    private static func seeds(_ invocation: Invocation) throws(Failure) -> ClosedRange<UInt64> {
        if let seed = try invocation.number("seed") { return seed...seed }
        guard let text = invocation.text("seeds") else { return 1...20 }
        let ends = text.split(separator: ".", omittingEmptySubsequences: true)
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last
        else { throw .usage("--seeds '\(text)' is no range", hint: "write for example 1..1000") }
        return first...last
    }
}
