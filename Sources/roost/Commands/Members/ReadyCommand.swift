internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost ready`: whether a member has a quorum and is caught up, for scripts and health checks.
enum ReadyCommand {
    static let command = Subcommand(
        Verb(
            "ready",
            manners: [.remarks],
            summary: "tell whether a member is ready, or wait until one is",
            explanation: """
                A member is ready when it knows of a leader with a majority and has what that has
                (/readyz). Exit code 0 as soon as one of --endpoints is, 5 when none is: at once, or
                with --wait after that time. With --all every one of them must be.
                """,
            flags: [
                Flag("wait", value: .required("DURATION"), "how long to wait (not at all)"),
                Flag("all", "every member of --endpoints must be ready"),
            ],
            examples: [
                Verb.Example(
                    command: "roost ready --wait 30s",
                    effect: "ends when the service can be used, for 30 s at most"
                )
            ]
        ),
        run: run
    )

    /// The pause between two rounds over the endpoints.
    private static let pauseMilliseconds: UInt64 = 100
    /// A member that takes longer is passed over.
    private static let patienceMillisecondsMax: UInt64 = 2_000

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        let wait = try invocation.duration("wait") ?? 0
        let limit = Clock.monotonicNow()
            .advanced(byMilliseconds: wait > 0 ? wait : service.timeoutMilliseconds)
        while true {
            let verdict = round(service.members, until: limit)
            let isReady = invocation.has("all") ? verdict.unready.isEmpty : !verdict.ready.isEmpty
            if isReady {
                try report(verdict.ready, on: console)
                return .done
            }
            let next = Clock.monotonicNow().advanced(byMilliseconds: pauseMilliseconds)
            guard wait > 0, next < limit else {
                let why = verdict.unready.joined(separator: "; ")
                throw .unready("not ready: \(why)\(wait > 0 ? "" : "; --wait 30s waits for it")")
            }
            Pause.until(next)
        }
    }

    /// What one question to each endpoint found.
    private struct Verdict {
        var ready: [ServiceAddress] = []
        /// One line for each that is not.
        var unready: [String] = []
    }

    private static func round(_ endpoints: [ServiceAddress], until limit: MonotonicTime) -> Verdict
    {
        var verdict = Verdict()
        for (place, endpoint) in endpoints.enumerated() {
            let now = Clock.monotonicNow()
            let part = limit.nanoseconds(since: now) / UInt64(endpoints.count - place)
            let patience = min(part, patienceMillisecondsMax * 1_000_000)
            let result = Client(endpoints: [endpoint]).result(
                of: .read(Array("/readyz".utf8)),
                until: now.advanced(byNanoseconds: patience)
            )
            switch result {
            case .success(let reply) where reply.isSuccess: verdict.ready.append(endpoint)
            case .success(let reply):
                let detail = ServiceProblem(reply).map {
                    String(decoding: $0.detail, as: UTF8.self)
                }
                verdict.unready.append("\(endpoint): \(detail ?? "answers \(reply.status)")")
            case .failure(let error): verdict.unready.append("\(endpoint): \(error.why)")
            }
        }
        return verdict
    }

    private static func report(_ ready: [ServiceAddress], on console: Console) throws(Failure) {
        guard console.format == .json else {
            for endpoint in ready { try console.confirm("ready \(endpoint)") }
            return
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("ready")
        writer.beginArray()
        for endpoint in ready { writer.string(Array("\(endpoint)".utf8)) }
        writer.endArray()
        writer.endObject()
        try console.document(writer.output)
    }
}
