internal import RoostClient
internal import Wire

/// `roost rm`: removes keys.
enum RemoveCommand {
    private static let root = [UInt8(ascii: "/")]

    static let command = Subcommand(
        Verb(
            "rm",
            manners: [.fences, .remarks],
            summary: "remove keys",
            explanation: """
                One after the other, each by itself. Keys below KEY stay unless --recursive is
                given. A KEY where nothing is there is told of, and makes the exit code 3. With
                --bytes KEY is any key, not only a path; --prefix, or --from and --to, remove many
                of them at one revision, and are written in the escapes of --bytes.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .atLeastOne, alternatives: ["from", "to"])
            ],
            flags: [
                Flag("recursive", letter: "r", "remove everything below KEY too"),
                Flag("all", "with -r on /, or another range of every path: yes, all of it"),
                Flag(
                    "if-revision",
                    value: .required("REVISION"),
                    "only if the key was last changed at this revision"
                ),
                WriteNote.flag,
                KeyNotation.flag,
            ] + KeyStretch.flags,
            examples: [
                Verb.Example(command: "roost rm /app/name", effect: "removes /app/name"),
                Verb.Example(command: "roost rm -r /app", effect: "removes /app and all below it"),
                Verb.Example(
                    command: "roost rm --prefix 'routes/'",
                    effect: "removes every key that begins with 'routes/'"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let revision = try invocation.number("if-revision")
        if let stretch = try KeyStretch(invocation) {
            guard revision == nil else { throw aboutOneKey }
            return try remove(stretch, invocation: invocation, on: console)
        }
        let keys = try KeyArgument.keys(invocation)
        let isRecursive = invocation.has("recursive")
        guard !isRecursive || !keys.contains(root) || invocation.has("all") else {
            throw .usage(
                "rm -r / removes every key of the store",
                hint: "write roost rm -r --all / if that is meant"
            )
        }
        guard revision == nil || (!isRecursive && keys.count == 1) else { throw aboutOneKey }
        let notation = KeyNotation(invocation)
        let service = try Service(invocation)
        return try KeyArgument.forEach(keys, on: console) { key throws(Failure) in
            do throws(Failure) {
                let path = isRecursive ? Call.path(ofKey: key) : notation.address(of: key)
                let reply = try service.write(.delete, path: path) { call in
                    if isRecursive { call.add("recursive") }
                    if isRecursive, key == root { call.add("confirm", value: "all") }
                    if let revision { call.setHeader("If-Match", value: "\"\(revision)\"".utf8) }
                }
                try report(reply, on: console)
            } catch {
                let hint = "'roost rm -r \(notation.word(key))' removes them"
                throw try service.explained(error, key: key, notation: notation, hint: hint)
            }
        }
    }

    private static let aboutOneKey = Failure.usage(
        "--if-revision speaks of one key",
        hint: "name one, and leave what names many out"
    )

    private static func remove(
        _ stretch: KeyStretch,
        invocation: Invocation,
        on console: Console
    ) throws(Failure) -> ExitCode {
        guard !stretch.hasEveryPath || invocation.has("all") else {
            throw .usage(
                "that removes every path of the store",
                hint: "add --all if that is meant"
            )
        }
        let service = try Service(invocation)
        do throws(Failure) {
            let reply = try service.write(.delete, path: stretch.address) { call in
                if stretch.hasEveryPath { call.add("confirm", value: "all") }
            }
            try report(reply, on: console)
        } catch {
            guard case .answer = error, error.exitCode == .notFound else { throw error }
            throw .missing(stretch.absence)
        }
        return .done
    }

    private static func report(_ reply: Response, on console: Console) throws(Failure) {
        guard console.format == .text else { return try console.document(reply.body) }
        let count = reply.json?["deleted"]?.plainText ?? "?"
        let told = reply.json?["revision"]?.plainText ?? "?"
        try console.confirm("deleted \(count) revision \(told)")
    }
}
