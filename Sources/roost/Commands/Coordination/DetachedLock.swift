internal import Bytes
internal import Platform
internal import RoostClient
internal import Wire

/// A lock without a command that runs in its name: taken, checked and given back by calls of their
/// own.
enum DetachedLock {
    private static let timeToLiveMilliseconds: UInt64 = 600_000
    /// The longest wait of one request.
    private static let waitMillisecondsMax: UInt64 = 600_000

    /// `lock NAME --detach`: takes the lock and prints its token and lease.
    static func take(
        _ invocation: Invocation,
        kind: LockTarget.Kind,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let service = try Service(invocation)
        let target = try ContestFlags.target(invocation, kind: kind)
        let conflictCode = try ContestFlags.conflictCode(invocation)
        let timeToLive = try ContestFlags.timeToLive(invocation, standard: timeToLiveMilliseconds)
        let reply = try won(
            target,
            timeToLiveMilliseconds: timeToLive,
            patience: try ContestFlags.patience(invocation),
            service: service
        )
        guard reply.isSuccess else {
            let words = ContestWords(target: target).refusal(reply)
            if console.voice != .quiet, conflictCode != 0 {
                console.complain(.notWon(words, reply))
            }
            return ExitCode(rawValue: conflictCode)
        }
        guard let token = reply.json?["token"]?.whole, let lease = reply.json?["lease"]?.string
        else { throw .answer(reply) }
        let environment = CommandEnvironment(
            kind: kind,
            name: target.name,
            token: token,
            lease: lease,
            endpoints: service.endpoints
        )
        if invocation.has("env") {
            for (name, value) in environment.lockVariables {
                let text = CompletionScript.quoted(String(decoding: value, as: UTF8.self))
                try console.write(Array("\(name)=\(text)\n".utf8))
            }
        } else if console.format == .json {
            try console.document(reply.body)
        } else {
            try console.line("token \(token)")
            try console.line("lease \(String(decoding: lease, as: UTF8.self))")
        }
        return .done
    }

    /// Asks until it is won or the time is up. A place that was lost with the member that kept it is
    /// asked for anew.
    private static func won(
        _ target: LockTarget,
        timeToLiveMilliseconds: UInt64,
        patience: LockClaim.Patience,
        service: Service
    ) throws(Failure) -> Response {
        let begun = Clock.monotonicNow()
        while true {
            let elapsed = Clock.monotonicNow().nanoseconds(since: begun) / 1_000_000
            var wait = waitMillisecondsMax
            if case .milliseconds(let whole) = patience {
                wait = min(whole > elapsed ? whole - elapsed : 0, wait)
            }
            let reply = try service.answer(
                to: target.detachedRequest(
                    timeToLiveMilliseconds: timeToLiveMilliseconds,
                    waitMilliseconds: wait,
                    key: try Service.freshKey()
                )
            )
            let problem = ServiceProblem(reply)
            let isLost = reply.status == 404
            let isLate = problem?.has("wait-timeout") == true
            let isRefused = isLate || problem?.has("lock-held") == true
            guard reply.isSuccess || isLost || isRefused else { throw .answer(reply) }
            let goesOn = isLost || isLate && patience.exceeds(elapsed + wait)
            guard goesOn else { return reply }
        }
    }

    /// `lock NAME --verify TOKEN`.
    static func check(_ invocation: Invocation, on console: Console) throws(Failure) -> ExitCode {
        let token = try invocation.number("verify") ?? 0
        let path = Call.path("/v1/locks", segment: try ContestFlags.name(invocation))
        var call = Call.read(path + Array("/verify".utf8))
        call.add("token", value: token)
        let reply = try Service(invocation).read(call)
        guard console.format == .text else {
            try console.show(reply)
            return .done
        }
        try console.confirm("token \(token) holds \(invocation.operand(0) ?? "")")
        return .done
    }
}

extension LockClaim.Patience {
    /// Whether it lasts longer than so many milliseconds.
    fileprivate func exceeds(_ milliseconds: UInt64) -> Bool {
        switch self {
        case .forEver: true
        case .milliseconds(let whole): whole > milliseconds
        }
    }
}

/// `roost unlock`: gives a lock back that no command holds.
enum UnlockCommand {
    static let command = Subcommand(
        Verb(
            "unlock",
            manners: [.fences, .remarks],
            summary: "give a lock back, or take it away",
            explanation: """
                With TOKEN: the lock that 'lock --detach' took, whose token it is (exit code 4 where
                that does not hold it any more). With --force: whoever holds it loses it, and is
                told; what they still do is stopped by fences alone.
                """,
            operands: [
                Verb.Operand(name: "NAME", count: .one),
                Verb.Operand(name: "TOKEN", count: .one, alternatives: ["force"]),
            ],
            flags: [Flag("force", "release every holder")],
            examples: [
                Verb.Example(
                    command:
                        "roost unlock stage $(roost lock stage --detach | sed -n 's/token //p')",
                    effect: "gives back a lock that was just taken"
                )
            ]
        ),
        run: run
    )

    private static func run(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard invocation.operands.count == (invocation.has("force") ? 1 : 2) else {
            throw .usage("'unlock' wants a TOKEN, or --force", hint: invocation.verb.usage)
        }
        let name = try ContestFlags.name(invocation)
        let service = try Service(invocation)
        let path = Call.path("/v1/locks", segment: name)
        let noun = "lock \(ContestWords.quoted(name))"
        guard let token = try invocation.number(operand: 1) else {
            let before = try service.read(.read(path))
            let reply = try service.write(.delete, path: path) { $0.add("force") }
            guard console.format == .text else { return try show(reply, on: console) }
            try console.confirm("released \(noun): it was \(ContestWords.owners(in: before))'s")
            return .done
        }
        let reply = try service.write(.delete, path: path) { $0.add("token", value: token) }
        guard console.format == .text else { return try show(reply, on: console) }
        guard let count = reply.json?["count"]?.whole else {
            try console.confirm("released \(noun)")
            return .done
        }
        try console.confirm("\(noun) is held \(count) more \(count == 1 ? "time" : "times")")
        return .done
    }

    private static func show(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        try console.show(reply)
        return .done
    }
}
