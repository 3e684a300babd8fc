internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost register`: an instance of a service, for as long as a command runs.
enum RegisterCommand {
    private static let timeToLiveMilliseconds: UInt64 = 15_000
    private static let checkIntervalMilliseconds: UInt64 = 5_000
    private static let checkTimeoutMilliseconds: UInt64 = 2_000
    private static let failureCountMax: UInt64 = 3

    static let command = Subcommand(
        Verb(
            "register",
            manners: [.fences, .remarks],
            summary: "register an instance of a service while a command runs",
            explanation: """
                The instance is registered while CMD runs, or without CMD until roost is ended, and
                deregistered then. It is reported to be well every third of --ttl; when roost dies it
                is no longer healthy after --ttl at the latest, and gone --deregister-after that. With
                --check it is as that finds it: a command that succeeds, an http:// or https://
                address that answers with 2xx or 3xx, or a tcp:// address that takes a connection;
                it begins as critical, one failure is a warning, --failures in a row are critical.
                SIGINT, SIGQUIT and SIGTERM are passed on to CMD; with --drain the instance is
                critical first for so long while CMD goes on. roost ends as CMD ends.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: [
                Flag("port", value: .required("PORT"), "where it is reached"),
                Flag(
                    "address",
                    value: .required("ADDRESS"),
                    "at which address or host (the one that the service is asked from)"
                ),
                Flag("id", value: .required("ID"), "what it is called (HOST-PORT)"),
                Flag(
                    "tag",
                    value: .required("TAG"),
                    repetition: .repeatable,
                    "what it may be asked for by"
                ),
                Flag(
                    "meta",
                    value: .required("NAME=VALUE"),
                    repetition: .repeatable,
                    "kept with it"
                ),
                Flag("weight", value: .required("N"), "its share of the work, 1 to 256 (1)"),
                Flag("ttl", value: .required("TTL"), "well for so long without a report (15s)"),
                Flag(
                    "deregister-after",
                    value: .required("DURATION"),
                    "listed as critical for so long after that (0s)"
                ),
                Flag(
                    "check",
                    value: .required("CHECK"),
                    "a command, http://…, https://… or tcp://…"
                ),
                Flag("interval", value: .required("DURATION"), "between two checks (5s)"),
                Flag("check-timeout", value: .required("DURATION"), "how long one may take (2s)"),
                Flag("failures", value: .required("N"), "so many in a row are critical (3)"),
                Flag("drain", value: .required("DURATION"), "critical for so long before CMD ends"),
            ],
            tail: .optionalCommand,
            examples: [
                Verb.Example(
                    command: "roost register web --port 8080 -- roost resolve web",
                    effect: "prints where web is reached"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let registration = try registration(invocation)
        let checking = try checking(invocation)
        var runner = try RegistrationRunner(
            registration,
            checking: checking,
            drainMilliseconds: invocation.duration("drain") ?? 0,
            invocation: invocation,
            console: console
        )
        return try runner.run(invocation.tail)
    }

    private static func checking(
        _ invocation: Invocation
    ) throws(Failure) -> RegistrationKeeper.Checking? {
        let interval = try invocation.duration("interval") ?? checkIntervalMilliseconds
        let timeout = try invocation.duration("check-timeout") ?? checkTimeoutMilliseconds
        let failures = try invocation.number("failures") ?? failureCountMax
        guard let text = invocation.text("check") else {
            let flag = ["interval", "check-timeout", "failures"].first { invocation.has($0) }
            guard let flag else { return nil }
            throw .usage("--\(flag) does nothing without --check", hint: "say what to check")
        }
        guard interval > 0, timeout > 0, failures > 0 else {
            throw .usage(
                "--interval, --check-timeout and --failures are more than 0",
                hint: "write for example 5s, 2s and 3"
            )
        }
        let check = try InstanceCheck(
            text,
            security: Service(invocation).security,
            timeoutMilliseconds: timeout
        )
        return .init(check: check, intervalMilliseconds: interval, failureCountMax: failures)
    }

    private static func registration(_ invocation: Invocation) throws(Failure) -> RegisteredInstance
    {
        guard let port = try invocation.number("port"), (1...65_535).contains(port) else {
            throw .usage("--port is missing, or no port", hint: "write for example --port 8080")
        }
        let timeToLive = try invocation.duration("ttl") ?? timeToLiveMilliseconds
        let texts =
            [invocation.operands[0]]
            + [invocation.bytes("address"), invocation.bytes("id")]
            .compactMap(\.self)
        guard texts.allSatisfy({ $0.span.isValidUTF8 }) else {
            throw .usage("NAME, --address and --id are text", hint: "write them in UTF-8")
        }
        var instance = RegisteredInstance(
            service: String(decoding: invocation.operands[0], as: UTF8.self),
            id: String(decoding: invocation.bytes("id") ?? defaultID(port: port), as: UTF8.self),
            address: String(decoding: try address(invocation), as: UTF8.self),
            port: UInt16(clamping: port)
        )
        instance.tags = invocation.texts("tag")
        instance.meta = try meta(invocation)
        instance.weight = Int(clamping: try invocation.number("weight") ?? 1)
        instance.timeToLive = .milliseconds(Int64(clamping: timeToLive))
        instance.deregisterAfter = .milliseconds(
            Int64(clamping: try invocation.duration("deregister-after") ?? 0)
        )
        return instance
    }

    private static func meta(_ invocation: Invocation) throws(Failure) -> [String: String] {
        var meta: [String: String] = [:]
        for text in invocation.texts("meta") {
            guard let split = text.firstIndex(of: "="), split > text.startIndex else {
                throw .usage("--meta '\(text)' is no NAME=VALUE", hint: "write zone=a")
            }
            let name = String(text[..<split])
            guard meta[name] == nil else {
                throw .usage("--meta names '\(name)' twice", hint: "give each name once")
            }
            meta[name] = String(text[text.index(after: split)...])
        }
        return meta
    }

    /// `HOST-PORT`: the same after a restart, so that it takes its own place.
    private static func defaultID(port: UInt64) -> [UInt8] {
        let host = HostName.text.prefix(100).filter { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return host + Array("-\(port)".utf8)
    }

    /// What `--address` says, else the address from which this machine reaches the service: others
    /// there reach it likewise.
    private static func address(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        if let address = invocation.bytes("address") { return address }
        let service = try Service(invocation)
        // One that cannot be reached is complained of by what follows.
        let endpoint = try service.read(.read(Array("/v1/revision".utf8))).endpoint
        let client = Client(endpoints: [endpoint])
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: service.timeoutMilliseconds)
        do throws(LinkError) {
            if let host = try client.open(until: deadline).localHost { return Array(host.utf8) }
        } catch { throw .local("\(endpoint): \(error.why)") }
        return HostName.text
    }
}
