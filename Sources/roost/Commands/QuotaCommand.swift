internal import RoostClient
internal import Wire

/// `roost quota`: what subtrees may have.
enum QuotaCommand {
    private static let hint = "'roost quota' lists the quotas that there are"

    static let command = Subcommand(
        Verb(
            "quota",
            manners: [.fences, .remarks],
            summary: "bound how many keys and bytes a subtree may have",
            explanation: """
                Without PATH all quotas are listed with what there is under each; with PATH that
                one. With --keys, --bytes or both it is set as a whole, be it below what there is
                already. A write that would grow the subtree beyond it is refused (507
                quota-exceeded); deletes, and values that are no longer than before, never are. Of
                quotas within each other all count. --bytes counts keys and values.
                """,
            operands: [Verb.Operand(name: "PATH", count: .atMostOne)],
            flags: [
                Flag("keys", value: .required("NUMBER"), "at most so many keys (any number)"),
                Flag("bytes", value: .required("SIZE"), "at most so many bytes (any number)"),
                Flag("remove", "let it grow without a bound again"),
            ],
            examples: [
                Verb.Example(
                    command: "roost quota /team-a --keys 10000 --bytes 64MiB",
                    effect: "refuses what would take /team-a and all below it beyond either"
                ),
                Verb.Example(command: "roost quota", effect: "one line a quota"),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let (sets, removes) = (
            invocation.has("keys") || invocation.has("bytes"), invocation.has("remove")
        )
        guard !(sets && removes) else {
            throw .usage("--remove excludes --keys and --bytes", hint: "leave one of them out")
        }
        let service = try Service(invocation)
        guard let operand = invocation.operands.first else {
            guard !sets, !removes else {
                throw .usage("no path is named", hint: "write for example 'roost quota /app'")
            }
            try list(
                try service.listing(.read(Array("/v1/quotas".utf8)), of: "quotas"),
                on: console
            )
            return .done
        }
        let path = address(of: try KeyArgument.path(operand, hint: hint))
        if sets {
            let reply = try service.write(.put, path: path, body: try body(invocation))
            try show(reply, on: console)
        } else if removes {
            let reply = try service.write(.delete, path: path)
            guard let json = reply.json else { throw .answer(reply) }
            if console.format == .json {
                try console.document(reply.body)
            } else {
                try console.confirm("\(json["path"]?.plainText ?? ""): no quota")
            }
        } else {
            try show(service.read(.read(path)), on: console)
        }
        return .done
    }

    private static func address(of path: [UInt8]) -> [UInt8] {
        var address = Array("/v1/quotas".utf8)
        PercentEncoding.append(path: path, to: &address)
        return address
    }

    private static func body(_ invocation: Invocation) throws(Failure) -> [UInt8] {
        var body = JSONWriter()
        body.beginObject()
        if let keyCount = try invocation.number("keys") { body.member("keys", number: keyCount) }
        if let text = invocation.text("bytes") {
            guard let size = ByteSize(parsing: Array(text.utf8)) else {
                throw .usage("--bytes '\(text)' is no size", hint: "write for example 64MiB")
            }
            body.member("bytes", number: size.byteCount)
        }
        body.endObject()
        return body.output
    }

    // MARK: - Answers

    private static func show(_ reply: Response, on console: Console) throws(Failure) {
        guard let json = reply.json, let path = json["path"] else { throw .answer(reply) }
        guard console.format == .text else { return try console.document(reply.body) }
        try console.line(
            "\(path.plainText): \(part("keys", of: json, count)) keys, \(part("bytes", of: json, People.size))"
        )
    }

    private static func list(_ listing: JoinedListing, on console: Console) throws(Failure) {
        var table = Table(titles: ["PATH", "KEYS", "BYTES"])
        for quota in listing.items {
            table.append([
                quota["path"]?.plainText ?? "", part("keys", of: quota, count),
                part("bytes", of: quota, People.size),
            ])
        }
        try console.show(table.text(for: console), or: listing.json)
    }

    /// `3 of 100`, or what there is alone where there is no bound.
    private static func part(
        _ name: StaticString,
        of json: JSONValue,
        _ text: (UInt64) -> String
    ) -> String {
        let part = json[name]
        let used = part?["used"]?.whole.map(text) ?? "?"
        return part?["quota"]?.whole.map { "\(used) of \(text($0))" } ?? used
    }

    private static func count(_ number: UInt64) -> String { "\(number)" }
}
