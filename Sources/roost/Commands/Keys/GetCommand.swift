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
                With --output json: one object a line. With --meta: what is known of the key beside
                its value, one line each. With --bytes KEY is any key, not only a path; --prefix, or
                --from and --to, name many, in the escapes of --bytes.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .atLeastOne, alternatives: ["from", "to"])
            ],
            flags: ReadFlags.all + [
                Flag(
                    "wait",
                    value: .required("DURATION"),
                    "wait this long for a change after --since"
                ),
                Flag("since", value: .required("REVISION"), "the revision that is known already"),
                Flag("meta", "revisions, times, author, note and lease, not the bytes alone"),
                KeyNotation.flag,
            ] + KeyStretch.flags,
            examples: [
                Verb.Example(
                    command: "roost get /app/name",
                    effect: "prints the value of /app/name"
                ),
                Verb.Example(
                    command: "roost get --meta /app/name",
                    effect: "says when, in which revision and why it was written, too"
                ),
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let wait = try invocation.duration("wait")
        let since = try invocation.number("since")
        guard (wait == nil) == (since == nil) else {
            throw .usage(
                "--wait and --since belong together",
                hint: "write for example --wait 30s --since 12"
            )
        }
        let stretch = try KeyStretch(invocation)
        let keys = stretch == nil ? try KeyArgument.keys(invocation) : []
        guard wait == nil || keys.count == 1 else {
            throw .usage("--wait waits for one key", hint: "name one, or see 'roost help watch'")
        }
        let service = try Service(invocation)
        var query = Call.read([])
        try ReadFlags.add(invocation, to: &query, service: service)
        if invocation.has("meta") { query.add("meta") }
        if let stretch {
            return try write(
                stretch,
                query: query,
                invocation: invocation,
                service: service,
                on: console
            )
        }
        if let wait, let since {
            query.add(waitMilliseconds: wait)
            query.add("since", value: since)
        }
        let isRaw = console.format == .text && !invocation.has("meta")
        if isRaw { query.add("raw") }
        var isFirst = true
        return try KeyArgument.forEach(keys, on: console) { key throws(Failure) in
            let reply = try read(key, query: query, invocation: invocation, service: service)
            if isRaw {
                try write(value: reply.body, on: console)
            } else if console.format == .json {
                try console.document(reply.body)
            } else if let object = reply.json {
                try describe(object, invocation: invocation, on: console, isFirst: &isFirst)
            }
        }
    }

    /// Writes what keys of a stretch hold, as if each had been named.
    private static func write(
        _ stretch: KeyStretch,
        query: Call,
        invocation: Invocation,
        service: Service,
        on console: Console
    ) throws(Failure) -> ExitCode {
        var isFirst = true
        try service.pages(query.at(stretch.address)) { page throws(Failure) in
            for item in page.items {
                if console.format == .json {
                    var writer = JSONWriter()
                    writer.value(item)
                    try console.document(writer.output)
                    isFirst = false
                } else if invocation.has("meta") {
                    try describe(item, invocation: invocation, on: console, isFirst: &isFirst)
                } else {
                    try write(value: item.valueBytes ?? [], on: console)
                    isFirst = false
                }
            }
        }
        guard !isFirst else { throw .missing(stretch.absence) }
        return .done
    }

    private static func write(value: [UInt8], on console: Console) throws(Failure) {
        try console.write(value)
        if console.audience == .person { try console.write([10]) }
    }

    /// One line a member, objects parted by an empty line.
    private static func describe(
        _ object: JSONValue,
        invocation: Invocation,
        on console: Console,
        isFirst: inout Bool
    ) throws(Failure) {
        if !isFirst { try console.write([10]) }
        isFirst = false
        let name = KeyNotation(invocation).word(of: object)
        var table = Table(titles: [])
        for member in object.object?.members ?? [] {
            let isKey = member.name.equals("key") || member.name.equals("key_base64")
            table.append(
                isKey
                    ? ["key", name]
                    : [String(decoding: member.name, as: UTF8.self), member.value.plainText]
            )
        }
        try console.write(Array(table.text(for: console).utf8))
    }

    /// - Parameter query: a call whose parameters are those of every key.
    private static func read(
        _ key: [UInt8],
        query: Call,
        invocation: Invocation,
        service: Service
    ) throws(Failure) -> Response {
        let notation = KeyNotation(invocation)
        do throws(Failure) {
            return try service.read(query.at(notation.address(of: key)))
        } catch {
            let list = "'roost ls -r \(notation.word(key))' lists what is there"
            throw try service.explained(error, key: key, notation: notation, hint: list) {
                call throws(Failure) in
                try ReadFlags.add(invocation, to: &call, service: service)
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
        notation: KeyNotation,
        hint: String,
        _ detail: (inout Call) throws(Failure) -> Void = { (_) throws(Failure) in }
    ) throws(Failure) -> Failure {
        guard case .answer(let reply) = failure, failure.exitCode == .notFound else {
            return failure
        }
        let name = notation.word(key)
        let absence = Failure.explained("\(name) does not exist", reply)
        // Only of a path it is certain that keys can lie below it.
        guard notation == .path else { return absence }
        var call = Call.read(Call.path(ofKey: key))
        call.add("recursive")
        call.add("keys")
        call.add("limit", value: JoinedListing.pageItemCountMax)
        try detail(&call)
        let below = try JoinedListing(page: read(call), member: "items")
        let count = below.items.count
        guard count > 0 else { return absence }
        let more = below.next == nil ? "" : "more than "
        let keys = count == 1 ? "one key lies" : "\(more)\(count) keys lie"
        return .explained("\(name) has no value, but \(keys) below it; \(hint)", reply)
    }
}

/// Flags of every command that reads keys.
enum ReadFlags {
    static let all = [
        Flag("revision", value: .required("REVISION"), "as it was at this revision"),
        PastMoment.flag,
        Flag("stale", "from the member asked, without asking the leader"),
        Flag(
            "at-least",
            value: .required("REVISION"),
            "with --stale: wait until the member has this revision"
        ),
    ]

    /// Adds what they say to a call; a time is a revision only the service knows.
    static func add(
        _ invocation: Invocation,
        to call: inout Call,
        service: Service
    ) throws(Failure) {
        let moment = try PastMoment.flagged(invocation)
        if let revision = try invocation.number("revision") {
            guard moment == nil else {
                throw .usage("--at and --revision are both given", hint: "give one of them")
            }
            call.add("revision", value: revision)
        } else if let moment {
            call.add("revision", value: try service.revision(at: moment))
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
