internal import RoostClient
internal import Wire

/// `roost txn`: carries out a transaction written as JSON.
enum TransactionCommand {
    static let command = Subcommand(
        Verb(
            "txn",
            manners: [.fences, .remarks],
            summary: "compare keys, then change several at once",
            explanation: """
                TRANSACTION is a JSON object with compare, then and else, as POST /v1/txn takes it;
                without it, or with -, it is read from standard input. When the comparisons do not
                hold, else is carried out and the exit code is 4. One line a result; what a get
                found, or what was there before, is indented below it.
                """,
            operands: [Verb.Operand(name: "TRANSACTION", count: .atMostOne)],
            flags: [
                Flag("file", letter: "f", value: .required("FILE"), "the transaction"),
                WriteNote.flag,
                Flag("bytes", "print keys in C escapes, as --bytes elsewhere reads them"),
            ],
            examples: [
                Verb.Example(
                    command: #"roost txn '{"then":[{"put":{"key":"/a","value":"1"}},"#
                        + #"{"put":{"key":"/b","value":"2"}}]}'"#,
                    effect: "writes /a and /b at one revision"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let service = try Service(invocation)
        let isGiven = !invocation.operands.isEmpty || invocation.has("file")
        let body =
            isGiven
            ? try KeyArgument.content(invocation, operand: 0, as: .transaction)
            : try InputContent.transaction.readInput()
        let reply = try service.write(.post, path: Array("/v1/txn".utf8), body: body)
        guard let json = reply.json, let succeeded = json["succeeded"]?.bool else {
            throw .answer(reply)
        }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            for line in TransactionReport(json, notation: KeyNotation(invocation)).lines {
                switch line.kind {
                case .result: try console.line(line.text)
                case .confirmation: try console.confirm(line.text)
                }
            }
        }
        return succeeded ? .done : .preconditionFailed
    }
}
