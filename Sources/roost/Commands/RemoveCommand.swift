internal import RoostClient
internal import Wire

/// `roost rm`: removes keys.
enum RemoveCommand {
    static let command = Command(
        Verb(
            "rm",
            summary: "remove a key",
            explanation: """
                Keys below KEY stay unless --recursive is given. Nothing there is exit code 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: [
                Flag("recursive", letter: "r", "remove everything below KEY too"),
                Flag("all", "with -r on /: yes, every key of the store"),
                Flag(
                    "if-revision",
                    value: .required("REVISION"),
                    "only if the key was last changed at this revision"
                ),
            ],
            examples: [
                Verb.Example(command: "roost rm /app/name", effect: "removes /app/name"),
                Verb.Example(command: "roost rm -r /app", effect: "removes /app and all below it"),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, _ console: Console) throws(Failure)
        -> ExitCode
    {
        let key = try KeyArgument.key(invocation, operand: 0)
        let isRecursive = invocation.has("recursive")
        let isEverything = isRecursive && key == [UInt8(ascii: "/")]
        guard !isEverything || invocation.has("all") else {
            throw .usage(
                "rm -r / removes every key of the store",
                hint: "write roost rm -r --all / if that is meant"
            )
        }
        let revision = try invocation.number("if-revision")
        guard revision == nil || !isRecursive else {
            throw .usage("--if-revision speaks of one key", hint: "leave --recursive out")
        }
        let reply = try Service(invocation).write(.delete, Call.path(ofKey: key)) { call in
            if isRecursive { call.add("recursive") }
            if isEverything { call.add("confirm", "all") }
            if let revision { call.setHeader("If-Match", "\"\(revision)\"".utf8) }
        }
        guard console.format == .text else {
            try console.write(reply.body + [10])
            return .done
        }
        let count = reply.json?["deleted"]?.plainText ?? "?"
        let told = reply.json?["revision"]?.plainText ?? "?"
        try console.line("deleted \(count) revision \(told)")
        return .done
    }
}
