internal import RoostClient

/// `roost export`: a tree as a file.
enum ExportCommand {
    static let command = Subcommand(
        Verb(
            "export",
            summary: "write a tree of keys as json, yaml, dotenv, properties or toml",
            explanation: """
                All of KEY and what is below it at one revision, to standard output, names being
                those below KEY. 'roost import' reads it back byte by byte: a value that is no text
                is a data URL in base64. Where neither KEY nor anything below it exists, the exit
                code is 3.
                """,
            operands: [Verb.Operand(name: "KEY", count: .one)],
            flags: [TreeFormat.flag, PastMoment.flag],
            examples: [
                Verb.Example(
                    command: "roost export /app --format yaml",
                    effect: "prints what is at and below /app, for a file"
                ),
                Verb.Example(
                    command: "roost export /app --at 1h-ago",
                    effect: "prints it as it was an hour ago, as JSON"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let root = try KeyNotation.path.directory(invocation.operands[0])
        let format = try TreeFormat.flagged(invocation) ?? .json
        let moment = try PastMoment.flagged(invocation)
        let tree = try StoredTree(of: root, at: moment, service: Service(invocation))
        guard !tree.leaves.isEmpty else {
            throw .missing(
                "\(KeyNotation.path.word(root)) does not exist, and nothing lies below it"
            )
        }
        try console.write(format.text(of: tree.leaves))
        return .done
    }
}
