internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost top`: what a cluster does, as it does it.
enum TopCommand {
    private static let intervalMilliseconds: UInt64 = 2_000
    private static let intervalMillisecondsMin: UInt64 = 100

    static let command = Subcommand(
        Verb(
            "top",
            summary: "show what the cluster does, redrawn in place",
            explanation: """
                Members, roles, lags, rates, latencies by stage, watches, leases, locks and their
                queues, each figure of the time since the last look. At a terminal the screen is
                redrawn in place, follows the window's size, and is given back at the end; q ends
                it. Where standard output is no terminal, or with JSON, one look follows another, an
                empty line between them, until somebody ends it. --once makes one look, of the time
                of one interval.
                """,
            flags: [
                Flag("once", "one look, as text"),
                Flag("interval", value: .required("DURATION"), "the time between looks (2s)"),
            ],
            examples: [
                Verb.Example(
                    command: "roost top --once --interval 500ms",
                    effect: "what happened in half a second"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let interval = try invocation.duration("interval") ?? intervalMilliseconds
        guard interval >= intervalMillisecondsMin else {
            throw .usage("--interval is shorter than 100ms", hint: "write for example 1s")
        }
        let isOnce = invocation.has("once")
        guard isOnce || console.format == .json || !TerminalScreen.isThere else {
            try TopScreen(invocation, intervalMilliseconds: interval).run()
            return .done
        }
        let sampler = try TopSampler(invocation)
        var before = try sampler.sample()
        var isFirst = true
        while true {
            Pause.until(before.takenAt.advanced(byMilliseconds: interval))
            let sample = try sampler.sample()
            let figures = TopFigures(from: before, to: sample)
            if !isFirst, console.format == .text { try console.write(Array("\n".utf8)) }
            try console.show(TopPage(figures).text(for: console), or: figures.json)
            if isOnce { return .done }
            before = sample
            isFirst = false
        }
    }
}
