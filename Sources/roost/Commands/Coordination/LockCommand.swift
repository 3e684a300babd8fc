internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// `roost lock`: runs a command while a lock is held.
enum LockCommand {
    static let command = Subcommand(
        Verb(
            "lock",
            manners: [.fences, .remarks],
            summary: "run a command while holding a lock",
            explanation: """
                CMD starts once the lock is won and is ended before another can win it: SIGTERM at
                three quarters of the time to live after the last confirmed sign of life, SIGKILL at
                nine tenths; the exit code is then 75. In CMD's environment stand ROOST_LOCK_NAME,
                ROOST_LOCK_TOKEN, ROOST_LOCK_LEASE, ROOST_ENDPOINTS and ROOST_FENCE, which roost's
                own writes send so that they fail once the lock is lost. Otherwise the exit code is
                CMD's own, or 128+N when signal N killed it; roost itself dies by that signal where
                it came through roost or from the terminal. Signals are passed on, and what a shell
                does with a job it does with CMD; a job that stays stopped loses its lock. At a
                terminal it says after a second what it waits for, with -v anywhere; with -q it says
                nothing of waiting, refusal and loss. With --detach the lock is taken and left:
                nobody keeps it alive, it ends with its time to live (10m then) or by 'unlock', and
                its token and lease are printed. --verify tells whether a token holds it (exit code
                4 if not).
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: ContestFlags.all + ContestFlags.bounds + [
                Flag("shared", "hold it together with other sharers"),
                Flag("permits", value: .required("N"), "hold it together with at most N-1 others"),
                Flag("detach", "take it and leave it: print its token and lease"),
                Flag("env", "with --detach: print ROOST_... assignments for a shell"),
                Flag("verify", value: .required("TOKEN"), "tell whether the token holds it"),
            ],
            tail: .commandUnless(["detach", "verify"]),
            examples: [
                Verb.Example(
                    command: "roost lock nightly -- echo working",
                    effect: "prints 'working' while no other 'roost lock nightly' runs"
                ),
                Verb.Example(
                    command: "roost lock nightly --wait 0 -- echo working",
                    effect: "exits with 6 at once if another holds it"
                ),
                Verb.Example(
                    command: "roost lock deploy --detach --ttl 1m",
                    effect: "prints the token and the lease of a lock that ends within a minute"
                ),
                Verb.Example(
                    command: "roost lock build --permits 3 -- echo working",
                    effect: "prints 'working' while at most two others do"
                ),
            ]
        )
    ) { invocation, console throws(Failure) in
        let kind = try kind(invocation)
        let modes = ["detach", "verify"].filter(invocation.has)
        guard modes.count + (invocation.tail.isEmpty ? 0 : 1) == 1 else {
            throw .usage(
                "'lock' takes a command to run, --detach or --verify, and only one of them",
                hint: invocation.verb.usage
            )
        }
        guard invocation.has("detach") || !invocation.has("env") else {
            throw .usage("--env goes with --detach", hint: "leave it out")
        }
        switch modes.first {
        case "detach": return try DetachedLock.take(invocation, kind: kind, on: console)
        case "verify": return try DetachedLock.check(invocation, on: console)
        default: return try ContestFlags.compete(invocation, kind: kind, on: console)
        }
    }

    private static let permitRange: ClosedRange<UInt64> = 1...10_000

    private static func kind(_ invocation: Invocation) throws(Failure) -> LockTarget.Kind {
        guard let text = invocation.text("permits") else {
            return invocation.has("shared") ? .sharedLock : .exclusiveLock
        }
        guard let permits = UInt64(text), permitRange.contains(permits) else {
            throw .usage("--permits '\(text)' is no number of permits", hint: "write 1 to 10000")
        }
        return .semaphore(permits: permits)
    }
}

/// `roost elect`: runs a command while leading, or watches who leads.
enum ElectCommand {
    static let command = Subcommand(
        Verb(
            "elect",
            manners: [.fences, .remarks],
            summary: "run a command while leading, or watch who leads",
            explanation: """
                As 'roost lock', with a value that the leader proclaims (by default who it is). With
                --observe instead of CMD: one line whenever the leader changes.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: ContestFlags.all + [
                Flag("value", value: .required("VALUE"), "what the leader proclaims"),
                Flag("observe", "print who leads, now and at every change"),
            ],
            tail: .optionalCommand,
            examples: [
                Verb.Example(
                    command: "roost elect scheduler --value 10.0.0.7:80 -- echo leading",
                    effect: "prints 'leading' once this is the leader"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard invocation.has("observe") else {
            guard !invocation.tail.isEmpty else {
                throw .usage(
                    "'elect' needs a command to run, or --observe",
                    hint: invocation.verb.usage
                )
            }
            let value = invocation.bytes("value") ?? ContestFlags.owner(invocation)
            return try ContestFlags.compete(invocation, kind: .election(value: value), on: console)
        }
        guard invocation.tail.isEmpty else {
            throw .usage("--observe runs no command", hint: "leave one of them out")
        }
        let name = try ContestFlags.name(invocation)
        let service = try Service(invocation)
        let path = Call.path("/v1/elections", segment: name) + Array("/observe".utf8)
        let subscription = EventSubscription(
            client: service.client,
            start: .changes,
            timeoutMilliseconds: service.timeoutMilliseconds,
            news: console.tell
        ) { _ in Call.read(path) }
        return try EventPrinter(console: console, notation: .path).print(subscription)
    }
}

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
            plan: LockClaim.Plan(
                target: target,
                endpoints: service.endpoints,
                timeToLiveMilliseconds: timeToLive,
                patience: patience,
                timeoutMilliseconds: service.timeoutMilliseconds
            ),
            command: invocation.tail,
            conflictCode: conflictCode,
            console: console
        )
        return try runner.run()
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
