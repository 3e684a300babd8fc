/// A benchmark as the command line asks for it, its bounds checked.
package struct BenchOptions: Sendable {
    /// How long it goes on.
    package enum Extent: Hashable, Sendable {
        case milliseconds(UInt64)
        /// After this many requests.
        case requests(UInt64)
    }

    /// Which members the connections go to.
    package enum Spread: Hashable, Sendable { case leader, allEndpoints }

    /// Who answers.
    package enum Opponent: Hashable, Sendable { case service, nullServer }

    /// Whether the keys are made first.
    package enum Filling: Hashable, Sendable { case first, none }

    package let work: Work
    /// Without the writer's of `watch`.
    package let connectionCount: Int
    /// Requests under way on each connection.
    package let pipelineDepth: Int
    /// Requests a second in all, nil for as many as are answered.
    package let rate: UInt64?
    package let extent: Extent
    package let warmUpMilliseconds: UInt64
    package let valueByteCount: Int
    /// Keys, locks or leases.
    package let keyCount: Int
    package let distribution: KeyChooser.Distribution
    /// Writes and reads of `mixed`.
    package let ratio: (writes: UInt64, reads: UInt64)
    /// Items of a page.
    package let limit: UInt64
    /// The key below which all others are.
    package let prefix: [UInt8]
    package let seed: UInt64
    package let spread: Spread
    package let opponent: Opponent
    package let filling: Filling
    /// A file for the picture.
    package let reportPath: String?

    /// What the command takes beside the common flags.
    package static let flags = [
        Flag("connections", letter: "c", value: .required("N"), "connections, or watchers (64)"),
        Flag("pipeline", letter: "p", value: .required("N"), "requests under way on each (1)"),
        Flag(
            "rate",
            value: .required("N"),
            "requests a second in all; without it each answer is followed by a request"
        ),
        Flag("duration", letter: "d", value: .required("DURATION"), "how long (10s)"),
        Flag(
            "requests",
            letter: "n",
            value: .required("N"),
            "so many requests, however long it takes"
        ),
        Flag(
            "warmup",
            value: .required("DURATION"),
            "before that, not counted (1s; with --requests 0)"
        ),
        Flag("value-size", value: .required("BYTES"), "bytes of a value (256)"),
        Flag("keys", value: .required("N"), "how many keys or leases (10000), or locks (1)"),
        Flag(
            "distribution",
            value: .required("DISTRIBUTION"),
            "of the requests over the keys: uniform, zipf or sequential (uniform)"
        ),
        Flag("ratio", value: .required("W:R"), "writes and reads of mixed (1:10)"),
        Flag("limit", value: .required("N"), "items on a page of list (100)"),
        Flag("prefix", value: .required("KEY"), "where the keys are (/bench)"),
        Flag("no-fill", "do not make the keys first: they are there"),
        Flag("all-endpoints", "spread the connections over --endpoints, not to the leader alone"),
        Flag("seed", value: .required("N"), "decides which keys are drawn (1)"),
        Flag(
            "null",
            "against a built-in server that does nothing: the most that this generator can show"
        ),
        Flag("report", value: .required("FILE"), "draw latency and throughput as a web page"),
    ]

    package init(_ invocation: Invocation) throws(Failure) {
        work = try Self.work(invocation)
        connectionCount = try Self.count(
            "connections",
            range: 1...200_000,
            usual: 64,
            invocation: invocation
        )
        pipelineDepth = try Self.count(
            "pipeline",
            range: 1...1024,
            usual: 1,
            invocation: invocation
        )
        rate =
            invocation.has("rate")
            ? UInt64(
                try Self.count("rate", range: 1...10_000_000, usual: 1, invocation: invocation)
            ) : nil
        extent = try Self.extent(invocation)
        let isCounted = invocation.has("requests")
        warmUpMilliseconds = try invocation.duration("warmup") ?? (isCounted ? 0 : 1000)
        valueByteCount = try Self.count(
            "value-size",
            range: 0...(1 << 20),
            usual: 256,
            invocation: invocation
        )
        keyCount = try Self.count(
            "keys",
            range: 1...10_000_000,
            usual: work == .lock ? 1 : 10_000,
            invocation: invocation
        )
        distribution = try Self.distribution(invocation)
        ratio = try Self.ratio(invocation)
        limit = UInt64(
            try Self.count("limit", range: 1...10_000, usual: 100, invocation: invocation)
        )
        prefix = try Self.prefix(invocation)
        seed = try invocation.number("seed") ?? 1
        spread = invocation.has("all-endpoints") ? .allEndpoints : .leader
        opponent = invocation.has("null") ? .nullServer : .service
        filling = invocation.has("no-fill") || opponent == .nullServer ? .none : .first
        reportPath = invocation.text("report")
        try check(invocation)
    }

    private func check(_ invocation: Invocation) throws(Failure) {
        if work == .lock {
            guard rate == nil, pipelineDepth == 1 else {
                throw .usage(
                    "a lock is waited for: each connection asks again when it was answered",
                    hint: "leave --rate and --pipeline out, or take another work"
                )
            }
        }
        if opponent == .nullServer {
            let isPlain = [.write, .read, .staleRead, .mixed].contains(work)
            guard isPlain, !invocation.has("all-endpoints"), !invocation.has("endpoints") else {
                throw .usage(
                    "--null asks no member, and answers nothing that has to be understood",
                    hint: "take write, read, stale-read or mixed, without endpoints"
                )
            }
        }
    }

    private static func work(_ invocation: Invocation) throws(Failure) -> Work {
        let text = invocation.operand(0) ?? ""
        guard let work = Work(rawValue: text) else {
            throw .usage(
                "'\(text)' is no work for a benchmark",
                hint: "write one of: \(Work.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        return work
    }

    private static func count(
        _ name: String,
        range: ClosedRange<UInt64>,
        usual: Int,
        invocation: Invocation
    ) throws(Failure) -> Int {
        guard let number = try invocation.number(name) else { return usual }
        guard range.contains(number) else {
            throw .usage(
                "--\(name) \(number) is out of range",
                hint: "write \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return Int(number)
    }

    private static func extent(_ invocation: Invocation) throws(Failure) -> Extent {
        let milliseconds = try invocation.duration("duration")
        guard let requests = try invocation.number("requests") else {
            guard milliseconds != 0 else {
                throw .usage("--duration 0 leaves no time", hint: "write for example 10s")
            }
            return .milliseconds(milliseconds ?? 10_000)
        }
        guard milliseconds == nil else {
            throw .usage("--duration and --requests are both given", hint: "give one of them")
        }
        guard requests > 0 else {
            throw .usage("--requests 0 measures nothing", hint: "write 1 or more")
        }
        return .requests(requests)
    }

    private static func distribution(
        _ invocation: Invocation
    ) throws(Failure) -> KeyChooser.Distribution {
        guard let text = invocation.text("distribution") else { return .uniform }
        guard let distribution = KeyChooser.Distribution(rawValue: text) else {
            throw .usage(
                "--distribution '\(text)' is not known",
                hint: "write uniform, zipf or sequential"
            )
        }
        return distribution
    }

    private static func ratio(
        _ invocation: Invocation
    ) throws(Failure) -> (writes: UInt64, reads: UInt64) {
        guard let text = invocation.text("ratio") else { return (1, 10) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            .map { UInt64($0) ?? .max }
        guard parts.count == 2, parts.allSatisfy({ $0 <= 1_000_000 }), parts[0] + parts[1] > 0
        else {
            throw .usage("--ratio '\(text)' is none", hint: "write WRITES:READS, for example 1:10")
        }
        return (parts[0], parts[1])
    }

    private static func prefix(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        let prefix = invocation.bytes("prefix") ?? Array("/bench".utf8)
        guard prefix.first == UInt8(ascii: "/"), prefix.count > 1, prefix.last != prefix.first
        else {
            throw .usage(
                "--prefix '\(String(decoding: prefix, as: UTF8.self))' is not a key",
                hint: "a key is a path such as /bench"
            )
        }
        return prefix
    }
}
