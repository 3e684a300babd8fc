internal import RoostClient
internal import Wire

/// `roost rm`: removes keys.
enum RemoveCommand {
    static let command = Subcommand(
        Verb(
            "rm",
            manners: [.fences, .remarks],
            summary: "remove keys",
            explanation: """
                One after the other, each by itself. Keys below KEY stay unless --recursive is
                given. A KEY where nothing is there is told of, and makes the exit code 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atLeastOne)],
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

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let keys = try KeyArgument.keys(invocation)
        let isRecursive = invocation.has("recursive")
        let root = [UInt8(ascii: "/")]
        guard !isRecursive || !keys.contains(root) || invocation.has("all") else {
            throw .usage(
                "rm -r / removes every key of the store",
                hint: "write roost rm -r --all / if that is meant"
            )
        }
        let revision = try invocation.number("if-revision")
        guard revision == nil || (!isRecursive && keys.count == 1) else {
            throw .usage(
                "--if-revision speaks of one key",
                hint: "name one, and leave --recursive out"
            )
        }
        let service = try Service(invocation)
        return try KeyArgument.forEach(keys, on: console) { key throws(Failure) in
            do throws(Failure) {
                let reply = try service.write(.delete, path: Call.path(ofKey: key)) { call in
                    if isRecursive { call.add("recursive") }
                    if isRecursive, key == root { call.add("confirm", value: "all") }
                    if let revision { call.setHeader("If-Match", value: "\"\(revision)\"".utf8) }
                }
                try report(reply, on: console)
            } catch {
                let hint = "'roost rm -r \(TerminalText.word(key))' removes them"
                throw try service.explained(error, key: key, hint: hint)
            }
        }
    }

    private static func report(_ reply: Response, on console: Console) throws(Failure) {
        guard console.format == .text else { return try console.document(reply.body) }
        let count = reply.json?["deleted"]?.plainText ?? "?"
        let told = reply.json?["revision"]?.plainText ?? "?"
        try console.confirm("deleted \(count) revision \(told)")
    }
}
