internal import RoostClient
internal import Wire

/// `roost get`: writes a key's bytes.
enum GetCommand {
    static let command = Subcommand(
        Verb(
            "get",
            summary: "write the values of keys to standard output",
            explanation: """
                Exactly the bytes of the value, of several one after another; a newline is added
                only on a terminal. A KEY that does not exist is told of, and makes the exit code 3.
                With --output json: one object a line.
                """,
            operands: [Verb.Operand(name: "KEY", count: .atLeastOne)],
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

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let keys = try KeyArgument.keys(invocation)
        let wait = try invocation.duration("wait")
        let since = try invocation.number("since")
        guard (wait == nil) == (since == nil) else {
            throw .usage(
                "--wait and --since belong together",
                hint: "write for example --wait 30s --since 12"
            )
        }
        guard wait == nil || keys.count == 1 else {
            throw .usage("--wait waits for one key", hint: "name one, or see 'roost help watch'")
        }
        var query = Call.read([])
        try ReadFlags.add(invocation, to: &query)
        if let wait, let since {
            query.add(waitMilliseconds: wait)
            query.add("since", value: since)
        }
        if console.format == .text { query.add("raw") }
        let service = try Service(invocation)
        return try KeyArgument.forEach(keys, on: console) { key throws(Failure) in
            let value = try read(key, query: query, invocation: invocation, service: service)
            guard console.format == .text else { return try console.document(value) }
            try console.write(value)
            if console.audience == .person { try console.write([10]) }
        }
    }

    /// - Parameter query: a call whose parameters are those of every key.
    private static func read(
        _ key: [UInt8],
        query: Call,
        invocation: Invocation,
        service: Service
    ) throws(Failure) -> [UInt8] {
        do throws(Failure) {
            return try service.read(query.at(Call.path(ofKey: key))).body
        } catch {
            let list = "'roost ls -r \(TerminalText.word(key))' lists what is there"
            throw try service.explained(error, key: key, hint: list) { call throws(Failure) in
                try ReadFlags.add(invocation, to: &call)
            }
        }
    }
}

extension Service {
    /// A key's not being there in words that name it, and that say where it is a directory.
    ///
    /// - Parameters:
    ///   - hint: what to do about a directory.
    ///   - detail: adds to the question for what lies below what the one for the key had.
    func explained(
        _ failure: Failure,
        key: [UInt8],
        hint: String,
        _ detail: (inout Call) throws(Failure) -> Void = { (_) throws(Failure) in }
    ) throws(Failure) -> Failure {
        guard case .answer(let reply) = failure, failure.exitCode == .notFound else {
            return failure
        }
        var call = Call.read(Call.path(ofKey: key))
        call.add("recursive")
        call.add("keys")
        call.add("limit", value: JoinedListing.pageItemCountMax)
        try detail(&call)
        let below = try JoinedListing(page: read(call), member: "items")
        let name = TerminalText.word(key)
        let count = below.items.count
        guard count > 0 else { return .explained("\(name) does not exist", reply) }
        let more = below.next == nil ? "" : "more than "
        let keys = count == 1 ? "one key lies" : "\(more)\(count) keys lie"
        return .explained("\(name) has no value, but \(keys) below it; \(hint)", reply)
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
        if let revision = try invocation.number("revision") {
            call.add("revision", value: revision)
        }
        if invocation.has("stale") { call.add("consistency", value: "stale") }
        if let revision = try invocation.number("at-least") {
            guard invocation.has("stale") else {
                throw .usage(
                    "--at-least needs --stale",
                    hint: "a read without --stale is up to date anyway"
                )
            }
            call.add("at_least", value: revision)
        }
    }
}
