internal import Bytes
internal import Platform
internal import RoostClient

/// `roost bench`: measures a service, or itself.
enum BenchCommand {
    static let command = Subcommand(
        Verb(
            "bench",
            summary: "measure throughput and latency",
            explanation: explanation,
            operands: [Verb.Operand(name: "WORK", count: .one)],
            flags: BenchOptions.flags,
            examples: [
                Verb.Example(
                    command: "roost bench write --duration 2s",
                    effect: "writes as fast as the leader answers, over 64 connections"
                ),
                Verb.Example(
                    command: "roost bench read --rate 1000 --duration 2s --report read.html",
                    effect: "reads at a steady rate, and draws the latencies"
                ),
            ]
        ),
        run: run
    )

    private static var explanation: String {
        let width = (Work.allCases.map(\.rawValue.count).max() ?? 0) + 2
        let works = Work.allCases.map { work in
            let padding = String(repeating: " ", count: width - work.rawValue.count)
            return "  \(work.rawValue)\(padding)\(work.summary)"
        }
        return """
            WORK is what is done:
            \(works.joined(separator: "\n"))
            With --rate a request's latency counts from when it was due, whatever became of those
            before it; without, from when it was sent. Requests go to the leader. Whatever is not
            2xx is an error, and its time is not among the latencies. The keys stay there:
            'roost rm -r /bench'. Exit code 1 when nothing succeeded. Ctrl-C ends it early.
            """
    }

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let options = try BenchOptions(invocation)
        let service = try Service(invocation)
        let target = try target(options, service: service)
        var progress = LoadProgress()
        let engine = try engine(options, service: service, target: target)
        try engine.connect()
        var workload = engine.workload
        try prepare(
            &workload,
            options: options,
            engine: engine,
            target: target,
            progress: &progress
        )
        var timeline = ThroughputSeries(options.extent, of: options.work.subjects)
        let schedule = Schedule(
            options.extent,
            warmUpMilliseconds: options.warmUpMilliseconds,
            rate: options.rate,
            now: Clock.monotonicNow()
        )
        try engine.run(workload, schedule: schedule, timeline: &timeline) { timeline in
            progress.show(options.work.rawValue, timeline: timeline)
        }
        progress.clear()
        return try conclude(
            report(options, engine: engine, target: target, timeline: timeline),
            on: console
        )
    }

    /// What it needs beside the connections.
    private static let spareDescriptorCount = 32

    private static func engine(
        _ options: BenchOptions,
        service: Service,
        target: Target
    ) throws(Failure) -> LoadEngine {
        let limit: Int
        let engine: LoadEngine
        do throws(SystemError) {
            limit = try CurrentProcess.raiseDescriptorLimit()
            engine = try LoadEngine(
                options,
                targets: target.places,
                leader: target.leader,
                patienceMilliseconds: service.timeoutMilliseconds
            )
            try engine.watchSignals()
        } catch { throw .local("the benchmark cannot begin: \(error)") }
        let ends = options.opponent == .nullServer ? 2 : 1
        let need = ends * options.connectionCount + spareDescriptorCount
        guard limit >= need else {
            throw .local(
                "\(options.connectionCount) connections need \(need) open files, and this process "
                    + "may have \(limit): raise it with 'ulimit -n'"
            )
        }
        return engine
    }

    private static func target(
        _ options: BenchOptions,
        service: Service
    ) throws(Failure) -> Target {
        guard options.opponent == .nullServer else { return try Target(service) }
        let server: Endpoint
        do throws(SystemError) {
            server = try NullServer.start(valueByteCount: options.valueByteCount)
        } catch { throw .local("cannot start the null server: \(error)") }
        return try Target(server: ServiceAddress(server))
    }

    /// Makes the keys or leases that the work is about.
    private static func prepare(
        _ workload: inout RequestSource,
        options: BenchOptions,
        engine: LoadEngine,
        target: Target,
        progress: inout LoadProgress
    ) throws(Failure) {
        let task: RequestSource.Task
        switch options.work {
        case .lease: task = .grant
        case _ where options.work.readsKeys && options.filling == .first: task = .fill
        default: return
        }
        let operation: MeasuredOperation = task == .grant ? .grant : .fill
        let extent = BenchOptions.Extent.requests(UInt64(options.keyCount))
        var timeline = ThroughputSeries(extent, of: [operation])
        try engine.run(
            RequestSource(task, options: options, authorities: target.places.map(\.authority)),
            schedule: Schedule(extent, warmUpMilliseconds: 0, rate: nil, now: Clock.monotonicNow()),
            timeline: &timeline
        ) { timeline in progress.show("\(operation.name)", timeline: timeline) }
        progress.clear()
        let tally = engine.tallies[operation]
        guard tally.successCount == UInt64(options.keyCount) else {
            let errors = tally.errors.map { "\($0.name): \($0.count)" }.joined(separator: ", ")
            throw .local(
                "only \(tally.successCount) of \(options.keyCount) keys or leases could be made "
                    + "first (\(errors.isEmpty ? "ended early" : errors))"
            )
        }
        workload.inherit(engine.workload)
    }

    private static func report(
        _ options: BenchOptions,
        engine: LoadEngine,
        target: Target,
        timeline: ThroughputSeries
    ) -> BenchReport {
        let rows = MeasuredOperation.allCases.filter { $0 != .fill && $0 != .grant }
            .map { BenchReport.Row(operation: $0, tally: engine.tallies[$0]) }
            .filter { $0.tally.successCount + $0.tally.errorCount > 0 }
        let places =
            options.spread == .leader ? [target.places[target.leader]] : target.places
        return BenchReport(
            options: options,
            targets: places.map { "\($0.endpoint)" },
            rows: rows,
            timeline: timeline,
            elapsedNanoseconds: engine.elapsedNanoseconds,
            processorShare: engine.processorShare
        )
    }

    private static func conclude(
        _ report: BenchReport,
        on console: Console
    ) throws(Failure) -> ExitCode {
        switch console.format {
        case .text: try console.write(Array(report.text(for: console).utf8))
        case .json: try console.document(report.json)
        }
        if let path = report.options.reportPath {
            try OutputFile(path).write(Array(BenchPage(report).html.utf8))
        }
        return report.hasSuccess ? .done : .failed
    }
}
