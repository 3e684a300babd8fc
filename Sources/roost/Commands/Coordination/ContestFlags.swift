internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// What `lock` and `elect` have in common.
enum ContestFlags {
    private static let timeToLiveMilliseconds: UInt64 = 15_000
    private static let timeToLiveRange: ClosedRange<UInt64> = 1_000...2_592_000_000

    static let all = [
        Flag(
            "ttl",
            value: .required("DURATION"),
            "the lease's time to live, 1s to 30d (\(timeToLiveMilliseconds / 1000)s)"
        ),
        Flag(
            "wait",
            value: .optionalDuration("DURATION"),
            "how long to wait (for ever); 0 not at all"
        ),
        Flag("owner", value: .required("TEXT"), "who asks, for people (HOST:PROCESS)"),
        Flag("info", value: .required("TEXT"), "what for, for people; 'roost locks' shows it"),
        Flag(
            "conflict-exit-code",
            value: .required("CODE"),
            "the exit code when it is not won in time (6); 0 says nothing either"
        ),
        Flag(
            "on-lost",
            value: .required("ACT"),
            "what becomes of CMD at a loss: term, kill, continue or exec:COMMAND (term)"
        ),
        Flag("again", "after a loss queue anew and run CMD again, for services"),
    ]

    /// What bounds a hold beside its lease.
    static let bounds = [
        Flag(
            "max-hold",
            value: .required("DURATION"),
            "the longest hold, whatever the lease: then as if that had ended"
        ),
        Flag(
            "delay",
            value: .required("DURATION"),
            "after a hold that ended by time, nobody gets it for so long"
        ),
    ]

    /// The longest hold and delay that the service takes.
    private static let boundRange: ClosedRange<UInt64> = 1_000...2_592_000_000

    private static func bound(
        _ name: String,
        of invocation: Invocation
    ) throws(Failure) -> UInt64? {
        guard let milliseconds = try invocation.duration(name) else { return nil }
        guard boundRange.contains(milliseconds) else {
            throw .usage("--\(name) is not from 1s to 30d", hint: "write for example 1h")
        }
        return milliseconds
    }

    /// What is to be won.
    static func target(
        _ invocation: Invocation,
        kind: LockTarget.Kind
    ) throws(Failure) -> LockTarget {
        LockTarget(
            kind: kind,
            name: try name(invocation),
            owner: owner(invocation),
            info: try info(invocation),
            holdMilliseconds: try bound("max-hold", of: invocation),
            delayMilliseconds: try bound("delay", of: invocation)
        )
    }

    /// How long what is won lives without a sign of life.
    static func timeToLive(
        _ invocation: Invocation,
        standard: UInt64 = timeToLiveMilliseconds
    ) throws(Failure) -> UInt64 {
        let timeToLive = try invocation.duration("ttl") ?? standard
        guard timeToLiveRange.contains(timeToLive) else {
            throw .usage("--ttl is not from 1s to 30d", hint: "write for example --ttl 15s")
        }
        return timeToLive
    }

    static func patience(_ invocation: Invocation) throws(Failure) -> LockClaim.Patience {
        try invocation.duration("wait").map { .milliseconds($0) } ?? .forEver
    }

    /// Wins, runs CMD, gives up what was won.
    static func compete(
        _ invocation: Invocation,
        kind: LockTarget.Kind,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let service = try Service(invocation)
        let target = try target(invocation, kind: kind)
        let name = target.name
        let timeToLive = try timeToLive(invocation)
        let patience = try patience(invocation)
        guard invocation.has("no-fence") || !CommandEnvironment.holds(kind, name: name) else {
            let text = JSONValue.string(name).plainText
            throw .usage(
                "'\(text)' is held already by what this runs in (ROOST_FENCE): it would wait for "
                    + "itself",
                hint: "run the command without another lock, or give --no-fence if it is another "
                    + "service's"
            )
        }
        let conflictCode = try conflictCode(invocation)
        var runner = try LockRunner.begin(
            target: target,
            plan: LockClaim.Plan(
                target: target,
                endpoints: service.endpoints,
                timeToLiveMilliseconds: timeToLive,
                patience: patience,
                timeoutMilliseconds: service.timeoutMilliseconds
            ),
            command: invocation.tail,
            manner: try manner(invocation),
            conflictCode: conflictCode,
            console: console
        )
        return try runner.run()
    }

    /// How loss and sickness are met.
    private static func manner(_ invocation: Invocation) throws(Failure) -> LockManner {
        var manner = LockManner()
        let act = invocation.text("on-lost") ?? "term"
        switch act {
        case "term": manner.response = .terminate
        case "kill": manner.response = .kill
        case "continue": manner.response = .goOn
        default:
            guard act.hasPrefix("exec:"), act != "exec:" else {
                throw .usage(
                    "--on-lost '\(act)' is none of its acts",
                    hint: "write term, kill, continue or exec:COMMAND"
                )
            }
            manner.response = .tell
            manner.handler = String(act.dropFirst("exec:".count))
        }
        if invocation.has("again") { manner.sequel = .again }
        guard manner.sequel == .leave || manner.response != .goOn else {
            throw .usage(
                "--again does nothing with --on-lost continue: no loss ends CMD",
                hint: "leave one of them out"
            )
        }
        manner.health = try health(invocation)
        return manner
    }

    private static let healthIntervalMilliseconds: UInt64 = 5_000

    private static func health(_ invocation: Invocation) throws(Failure) -> HealthWatch.Plan? {
        let interval = try invocation.duration("interval") ?? healthIntervalMilliseconds
        guard let text = invocation.text("health") else {
            guard !invocation.has("interval") else {
                throw .usage(
                    "--interval does nothing without --health",
                    hint: "say what to look at"
                )
            }
            return nil
        }
        guard interval > 0 else {
            throw .usage("--interval is more than 0", hint: "write for example --interval 5s")
        }
        let check = try InstanceCheck(
            text,
            security: Service(invocation).security,
            timeoutMilliseconds: interval
        )
        return HealthWatch.Plan(check: check, intervalMilliseconds: interval)
    }

    /// A lock's or an election's name: segments joined by `/`.
    static func name(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        let name = invocation.operands[0]
        let dot = UInt8(ascii: ".")
        let isPlain = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != [dot] && $0 != [dot, dot] }
        let isText = name.span.isValidUTF8 && !name.contains(0)
        guard (1...255).contains(name.count), isPlain, isText else {
            throw .usage(
                "'\(invocation.operand(0) ?? "")' is not a name",
                hint: "a name has 1 to 255 bytes of UTF-8, such as deploy/prod: no segment of it "
                    + "is empty, '.' or '..'"
            )
        }
        return name
    }

    /// The longest text about a holder, in bytes.
    private static let infoByteCountMax = 1024

    private static func info(_ invocation: Invocation) throws(Failure) -> [UInt8]? {
        guard let info = invocation.bytes("info") else { return nil }
        guard info.count <= infoByteCountMax, info.span.isValidUTF8 else {
            throw .usage(
                "--info cannot be told",
                hint: "write up to \(infoByteCountMax) bytes of UTF-8"
            )
        }
        return info
    }

    /// Who asks: what `--owner` says, else the host and the process.
    static func owner(_ invocation: Invocation) -> [UInt8] {
        if let owner = invocation.bytes("owner") { return owner }
        return HostName.text + Array(":\(CurrentProcess.id)".utf8)
    }

    static func conflictCode(_ invocation: Invocation) throws(Failure) -> Int32 {
        guard let text = invocation.text("conflict-exit-code") else {
            return ExitCode.notWon.rawValue
        }
        guard let code = UInt8(text) else {
            throw .usage("--conflict-exit-code '\(text)' is no exit code", hint: "write 0 to 255")
        }
        return Int32(code)
    }
}
