internal import Bytes
internal import Platform
internal import Simulation

/// `roost simulate`: whole clusters in one thread, decided by seeds.
enum SimulateCommand {
    private static let minutes: UInt64 = 10
    /// This many seeds show every kind of fault, operation and check.
    private static let revealingSeedCount = 100

    static let command = Subcommand(
        Verb(
            "simulate",
            reach: .machine,
            summary: "run simulated clusters under faults and check what they promise",
            explanation: """
                Each seed is one history of a whole cluster with its clients, disks, network and \
                clocks; the same seed gives the same history everywhere. Exit code 1 when a promise \
                was broken, or when in 100 seeds or more something that is counted never happened. \
                One seed is looked into with --verbose and --page.
                """,
            flags: flags,
            examples: [
                Verb.Example(
                    command: "roost simulate --seeds 1..2 --minutes 1",
                    effect: "ends with the count of seeds, virtual hours and violations"
                )
            ]
        ),
        run: run
    )

    private static var flags: [Flag] {
        let flags = [
            Flag("seed", value: .required("N"), "run this seed alone"),
            Flag("seeds", value: .required("A..B"), "run these, both ends included (1..20)"),
            Flag("jobs", value: .required("N"), "so many at a time (1)"),
            Flag("minutes", value: .required("M"), "virtual minutes of faults a seed (10)"),
            Flag("stop-early", "leave off at the first violation"),
            Flag("verbose", "with --seed: tell everything that happens, one line each"),
            Flag(
                "page",
                value: .required("FILE"),
                "with --seed: draw the histories that could not be, as a web page"
            ),
            Flag("report", "with --seed: print plain lines, for programs"),
        ]
        #if MUTANTS
        return flags + PlantedMutant.flags
        #else
        return flags
        #endif
    }

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        #if MUTANTS
        if invocation.has("list-mutants") {
            try PlantedMutant.list(console)
            return .done
        }
        try PlantedMutant.plant(invocation)
        #endif
        let options = try options(invocation)
        let isAboutOne = ["report", "verbose", "page"].contains { invocation.has($0) }
        guard isAboutOne else { return try runSwarm(options, invocation: invocation, on: console) }
        guard let seed = try invocation.number("seed") else {
            throw .usage(
                "--verbose, --page and --report are about one seed",
                hint: "name it with --seed N"
            )
        }
        let story = SeedStory(seed: seed, options: options)
        if invocation.has("report") { return try story.report(to: console) }
        return try story.tell(
            to: console,
            detail: invocation.has("verbose") ? .everything : .outcome,
            page: invocation.text("page")
        )
    }

    private static func options(_ invocation: Invocation) throws(Failure) -> SimulationOptions {
        var options = SimulationOptions()
        let minutes = try invocation.number("minutes") ?? minutes
        guard (1...100_000).contains(minutes) else {
            throw .usage("--minutes \(minutes) is out of range", hint: "write 1 to 100000")
        }
        options.milliseconds = minutes * 60_000
        return options
    }

    // MARK: Many seeds

    private static func runSwarm(
        _ options: SimulationOptions,
        invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let seeds = try seeds(invocation)
        let jobCount = try invocation.number("jobs") ?? 1
        guard (1...1024).contains(jobCount) else {
            throw .usage("--jobs \(jobCount) is out of range", hint: "write 1 to 1024")
        }
        let arguments = shared(options, invocation: invocation)
        var progress = SwarmProgress(seedCount: seeds.upperBound - seeds.lowerBound + 1)
        var summary = SwarmSummary()
        let began = Clock.monotonicNow()
        do throws(SystemError) {
            var swarm = try Swarm(
                seeds: seeds,
                jobCount: Int(jobCount),
                arguments: arguments
            )
            while !swarm.isDone {
                for report in try swarm.next() { summary.add(report) }
                progress.show(summary)
                if invocation.has("stop-early"), !summary.violations.isEmpty { break }
            }
        } catch { throw .local("cannot run the process of a seed: \(error)") }
        progress.clear()
        let headline = summary.headline(
            nanoseconds: Clock.monotonicNow().nanoseconds(since: began)
        )
        try conclude(summary, headline: headline, arguments: arguments, on: console)
        let isRevealing = summary.seedCount >= revealingSeedCount
        let isSound =
            summary.violations.isEmpty && (!isRevealing || summary.neverSeen.isEmpty)
        return isSound ? .done : .failed
    }

    /// What every seed's process is given.
    private static func shared(_ options: SimulationOptions, invocation: Invocation) -> [String] {
        let arguments = ["--minutes", String(options.milliseconds / 60_000)]
        #if MUTANTS
        return arguments + PlantedMutant.arguments(invocation)
        #else
        return arguments
        #endif
    }

    private static func conclude(
        _ summary: SwarmSummary,
        headline: String,
        arguments: [String],
        on console: Console
    ) throws(Failure) {
        try console.write(Array(summary.table.utf8))
        for name in summary.neverSeen { try console.line("never happened: \(name)") }
        for violation in summary.violations {
            try console.line("seed \(violation.seed): \(violation.text)")
            let again = arguments.joined(separator: " ")
            try console.line("  again: roost simulate --seed \(violation.seed) \(again)")
        }
        try console.line(summary.pace)
        try console.line(headline)
    }

    private static func seeds(_ invocation: Invocation) throws(Failure) -> ClosedRange<UInt64> {
        if let seed = try invocation.number("seed") { return seed...seed }
        guard let text = invocation.text("seeds") else { return 1...20 }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]),
            let last = UInt64(parts[2]), first <= last
        else { throw .usage("--seeds '\(text)' is no range", hint: "write for example 1..1000") }
        return first...last
    }
}
