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
                its token and lease are printed. With --on-lost CMD is killed at once at a loss (kill),
                goes on (continue; its exit code counts), or goes on while COMMAND is run (exec:): only
                'term', as it is without the flag, and 'kill' end CMD before another can win the lock.
                With --again a loss is no end: it queues anew and runs CMD again, until CMD ends by
                itself. --verify tells whether a token holds it (exit code
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
        let idle = modes.isEmpty ? nil : ["on-lost", "again"].first(where: invocation.has)
        if let idle {
            throw .usage("--\(idle) is for a command that runs", hint: "leave it out")
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
