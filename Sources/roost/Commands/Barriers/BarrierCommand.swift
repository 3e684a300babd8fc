internal import Bytes
internal import RoostClient
internal import Wire

/// `roost barrier`: runs a command with others, or shows who is there.
enum BarrierCommand {
    /// Those of a lock that mean something here.
    private static let shared = ContestFlags.all.filter {
        ["ttl", "wait", "owner", "conflict-exit-code"].contains($0.name)
    }

    static let command = Subcommand(
        Verb(
            "barrier",
            manners: [.fences, .remarks],
            summary: "run a command once all have come, and end when all are done",
            explanation: """
                With --parties N, CMD starts once N have entered the barrier, and roost ends when the
                commands of all of them have ended. The exit code is CMD's own, or 128+N when signal N
                killed it. When a party dies before its CMD has ended the barrier is broken for all:
                CMD is ended, SIGTERM first and then SIGKILL, and the exit code is 75, also while it
                waits and where CMD ended with 0. --wait bounds each of both waits: 6 where not all
                have come, or left, in time; who gives up before all have come does not break it. In
                CMD's environment stand ROOST_BARRIER_NAME, ROOST_BARRIER_GENERATION,
                ROOST_BARRIER_LEASE and ROOST_ENDPOINTS. Signals are passed on to CMD. Without
                --parties: prints who is there; with --delete: breaks it for all who are.
                """,
            operands: [Verb.Operand(name: "NAME", count: .one)],
            flags: shared + [
                Flag("parties", value: .required("N"), "how many pass together, 1 to 10000"),
                Flag("delete", "break it for all who are in it"),
            ],
            tail: .optionalCommand,
            examples: [
                Verb.Example(
                    command: "roost barrier start --parties 1 -- echo together",
                    effect: "prints 'together' once one has come"
                ),
                Verb.Example(
                    command: "roost barrier start",
                    effect: "prints who has entered, and how many are missing"
                ),
            ]
        )
    ) { invocation, console throws(Failure) in
        guard let parties = try parties(invocation) else {
            guard invocation.tail.isEmpty else {
                throw .usage(
                    "--parties is missing: how many pass the barrier together",
                    hint: "write for example --parties 3"
                )
            }
            let idle = shared.map(\.name).first(where: invocation.has)
            if let idle { throw .usage("--\(idle) goes with --parties", hint: "leave it out") }
            return try invocation.has("delete")
                ? end(invocation, on: console) : show(invocation, on: console)
        }
        guard !invocation.has("delete") else {
            throw .usage("--delete excludes --parties", hint: "leave one of them out")
        }
        guard !invocation.tail.isEmpty else {
            throw .usage("'barrier' needs a command to run", hint: invocation.verb.usage)
        }
        return try ContestFlags.compete(invocation, kind: .barrier(parties: parties), on: console)
    }

    private static func parties(_ invocation: Invocation) throws(Failure) -> UInt64? {
        guard let parties = try invocation.number("parties") else { return nil }
        guard (1...10_000).contains(parties) else {
            throw .usage("--parties is not from 1 to 10000", hint: "write for example --parties 3")
        }
        return parties
    }

    private static func path(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        Call.path("/v1/barriers", segment: try ContestFlags.name(invocation))
    }

    private static func end(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let reply = try Service(invocation).write(.delete, path: path(invocation))
        guard console.format == .text else {
            try console.document(reply.body)
            return .done
        }
        guard let count = reply.json?["broken"] else { throw .answer(reply) }
        try console.line("broken for \(count.plainText)")
        return .done
    }

    private static func show(
        _ invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        let reply = try Service(invocation).read(.read(try path(invocation)))
        guard console.format == .text else {
            try console.document(reply.body)
            return .done
        }
        guard let json = reply.json, let phase = json["phase"]?.plainText else {
            throw .answer(reply)
        }
        guard let entered = json["entered"], let parties = json["parties"] else {
            try console.line(phase)
            return .done
        }
        let left = json["left"]?.whole ?? 0
        let words = "\(phase): \(entered.plainText) of \(parties.plainText) have entered"
        try console.line(left == 0 ? words : words + ", \(left) have left")
        if let next = json["next"], let entered = next["entered"], let parties = next["parties"] {
            try console.line("next: \(entered.plainText) of \(parties.plainText) have entered")
        }
        let table = Table(json["members"]?.array ?? [], columns: columns)
        try console.write(Array(table.text(for: console).utf8))
        return .done
    }

    private static let columns: [Table.Column] = [
        ("ORDER", "order"), ("OWNER", "owner"), ("LEASE", "lease"), ("LEFT", "left"),
        ("REMAINING", "remaining"),
    ]
}
