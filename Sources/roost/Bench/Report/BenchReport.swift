internal import Wire

/// What a benchmark came to.
struct BenchReport {
    /// One operation's figures.
    struct Row {
        let operation: MeasuredOperation
        let tally: RequestCounts
    }

    let options: BenchOptions
    /// The members that were asked, as text.
    let targets: [String]
    /// Every operation that happened.
    let rows: [Row]
    let timeline: ThroughputSeries
    /// How long was measured.
    let elapsedNanoseconds: UInt64
    /// How much of a processor the generator used, from 0 to 1.
    let processorShare: Double

    /// Whether anything succeeded.
    var hasSuccess: Bool { rows.contains { $0.tally.successCount > 0 } }

    /// Requests that succeeded, all operations together.
    var successCount: UInt64 {
        rows.reduce(0) { $0 + ($1.operation.isRequest ? $1.tally.successCount : 0) }
    }

    /// What was done, in one line.
    var headline: String {
        let noun = options.work == .watch ? "watcher" : "connection"
        var parts = [
            "\(options.work.rawValue): \(Figure.count(options.connectionCount, of: noun))"
        ]
        if options.pipelineDepth > 1 { parts[0] += " x \(options.pipelineDepth)" }
        switch options.work {
        case .lock: parts.append(Figure.count(options.keyCount, of: "lock"))
        case .lease: parts.append(Figure.count(options.keyCount, of: "lease"))
        case .watch: parts.append("values of \(options.valueByteCount) bytes")
        case .write, .read, .staleRead, .mixed, .cas, .list:
            parts.append(
                "\(Figure.count(options.keyCount, of: "key")) "
                    + "(\(options.distribution.rawValue)), values of \(options.valueByteCount) bytes"
            )
        }
        parts.append(
            options.rate.map { "open loop at \(Figure.count($0))/s" } ?? "closed loop"
        )
        parts.append(Figure.time(nanoseconds: elapsedNanoseconds))
        return parts.joined(separator: ", ")
    }

    /// Who was asked, and what this cost the generator.
    var setting: String {
        let place =
            options.opponent == .nullServer
            ? "a built-in null server" : targets.joined(separator: ", ")
        return "against \(place); the generator used "
            + "\(Figure.fixed(processorShare * 100, decimals: 0)) % of a processor"
    }

    /// The figures as a table, errors below it.
    func text(for console: Console) -> String {
        var table = Table(titles: [
            "OPERATION", "SUCCEEDED", "ERRORS", "RATE", "MEAN", "P50", "P90", "P99", "P99.9", "MAX",
        ])
        for row in rows {
            let latencies = row.tally.latencies
            let times = [latencies.mean] + Self.parts.map { latencies.value(at: $0.part) }
            table.append(
                [
                    "\(row.operation.name)", Figure.count(row.tally.successCount),
                    Figure.count(row.tally.errorCount),
                    Figure.rate(row.tally.successCount, nanoseconds: elapsedNanoseconds),
                ] + (times + [latencies.maximum]).map { Figure.time(nanoseconds: $0) }
            )
        }
        var lines = headline + "\n" + setting + "\n\n" + table.text(for: console)
        for row in rows {
            for error in row.tally.errors {
                let line = "\(row.operation.name): \(error.name): \(Figure.count(error.count))"
                lines += console.emphasised(line, emphasis: .bad) + "\n"
            }
        }
        if options.opponent == .nullServer {
            let ceiling = Figure.rate(successCount, nanoseconds: elapsedNanoseconds)
            let used = UInt64(Double(elapsedNanoseconds) * processorShare)
            let whole = Figure.rate(successCount, nanoseconds: used)
            lines += "ceiling of this generator here: \(ceiling); "
            lines += "with a whole processor: \(whole)\n"
        }
        return lines
    }

    /// The percentiles that are told.
    static let parts: [(name: StaticString, part: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99_9", 0.999),
    ]

    /// Everything as one JSON object.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("work", string: Array(options.work.rawValue.utf8))
        writer.name("targets")
        writer.beginArray()
        for target in targets { writer.string(Array(target.utf8)) }
        writer.endArray()
        append(optionsTo: &writer)
        writer.member("elapsed", milliseconds: elapsedNanoseconds / 1_000_000)
        writer.member("processor_percent", number: UInt64((processorShare * 100).rounded()))
        writer.name("operations")
        writer.beginArray()
        for row in rows { append(row, to: &writer) }
        writer.endArray()
        writer.name("timeline_of")
        writer.beginArray()
        for subject in timeline.subjects { writer.string(subject.name) }
        writer.endArray()
        writer.name("timeline")
        writer.beginArray()
        for step in timeline.steps { append(step, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.output
    }

    private func append(optionsTo writer: inout JSONWriter) {
        writer.member("null_server", bool: options.opponent == .nullServer)
        writer.member("connections", number: UInt64(options.connectionCount))
        writer.member("pipeline", number: UInt64(options.pipelineDepth))
        writer.name("rate")
        if let rate = options.rate { writer.number(rate) } else { writer.null() }
        writer.member("value_size", number: UInt64(options.valueByteCount))
        writer.member("keys", number: UInt64(options.keyCount))
        writer.member("distribution", string: Array(options.distribution.rawValue.utf8))
        writer.member("seed", number: options.seed)
        writer.member("warmup", milliseconds: options.warmUpMilliseconds)
    }

    private func append(_ row: Row, to writer: inout JSONWriter) {
        let latencies = row.tally.latencies
        let rate = Figure.perSecond(row.tally.successCount, nanoseconds: elapsedNanoseconds)
        writer.beginObject()
        writer.member("operation", string: row.operation.name)
        writer.member("succeeded", number: row.tally.successCount)
        writer.member("failed", number: row.tally.errorCount)
        writer.name("errors")
        writer.beginObject()
        for error in row.tally.errors {
            writer.name(bytes: Array(error.name.utf8))
            writer.number(error.count)
        }
        writer.endObject()
        writer.member("per_second", number: UInt64(rate.rounded()))
        writer.name("latency_nanoseconds")
        writer.beginObject()
        writer.member("mean", number: latencies.mean)
        for part in Self.parts { writer.member(part.name, number: latencies.value(at: part.part)) }
        writer.member("max", number: latencies.maximum)
        writer.endObject()
        writer.endObject()
    }

    private func append(_ step: ThroughputSeries.Step, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("at", milliseconds: step.endNanoseconds / 1_000_000)
        writer.member("succeeded", number: step.successCount)
        writer.member("failed", number: step.errorCount)
        writer.member("p50", number: step.median)
        writer.member("p99", number: step.percentile99)
        writer.member("max", number: step.maximum)
        writer.endObject()
    }
}
