internal import RoostClient
internal import Wire

/// `roost get`: writes a key's bytes.
enum GetCommand {
    static let command = Command(
        Verb(
            "get",
            summary: "write a key's value to standard output",
            explanation: """
                Exactly the bytes of the value; a newline is added only on a terminal. A key that
                does not exist is exit code 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: ReadFlags.all + [
                Flag(
                    "wait",
                    value: .required("DURATION"),
                    "wait this long for a change after --since"
                ),
                Flag("since", value: .required("REVISION"), "the revision that is known already"),
            ],
            examples: [
                Verb.Example(
                    command: "roost get /app/name",
                    effect: "prints the value of /app/name"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.key(invocation, operand: 0)
        var call = Call.read(Call.path(ofKey: key))
        try ReadFlags.add(invocation, to: &call)
        let wait = try invocation.duration("wait")
        let since = try invocation.number("since")
        guard (wait == nil) == (since == nil) else {
            throw .usage(
                "--wait and --since belong together",
                hint: "write for example --wait 30s --since 12"
            )
        }
        if let wait, let since {
            call.add(waitMilliseconds: wait)
            call.add("since", since)
        }
        let service = try Service(invocation)
        guard console.format == .text else {
            try console.write(service.read(call).body + [10])
            return .done
        }
        call.add("raw")
        try console.write(service.read(call).body)
        if console.audience == .person { try console.write([10]) }
        return .done
    }
}

/// Flags of every command that reads keys.
enum ReadFlags {
    static let all = [
        Flag("revision", value: .required("REVISION"), "as it was at this revision"),
        Flag("stale", "from the member asked, without asking the leader"),
        Flag(
            "at-least",
            value: .required("REVISION"),
            "with --stale: wait until the member has this revision"
        ),
    ]

    static func add(_ invocation: Invocation, to call: inout Call) throws(Failure) {
        if let revision = try invocation.number("revision") { call.add("revision", revision) }
        if invocation.has("stale") { call.add("consistency", "stale") }
        if let revision = try invocation.number("at-least") {
            guard invocation.has("stale") else {
                throw .usage(
                    "--at-least needs --stale",
                    hint: "a read without --stale is up to date anyway"
                )
            }
            call.add("at_least", revision)
        }
    }
}
