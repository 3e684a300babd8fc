internal import RoostClient
internal import Wire

/// `roost put`: writes one key.
enum PutCommand {
    static let command = Subcommand(
        Verb(
            "put",
            manners: [.fences, .remarks],
            summary: "write a key",
            explanation: """
                VALUE is an argument, - for standard input, or --file. Without --lease or --ttl the
                key is kept until it is removed. A condition that does not hold is exit code 4. With
                --bytes KEY is any key, not only a path.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one),
                Verb.Operand(name: "VALUE", count: .atMostOne),
            ],
            flags: [
                Flag("file", letter: "f", value: .required("FILE"), "the value's bytes"),
                Flag("lease", value: .required("ID"), "end the key with this lease"),
                Flag("ttl", value: .required("DURATION"), "end the key by itself after this time"),
                Flag(
                    "if-revision",
                    value: .required("REVISION"),
                    "only if the key was last changed at this revision"
                ),
                Flag("if-exists", "only if the key exists"),
                Flag("if-absent", "only if the key does not exist"),
                Flag("sequential", "create a child of KEY with the next number as its name"),
                WriteNote.flag,
                KeyNotation.flag,
            ],
            examples: [
                Verb.Example(
                    command: "roost put /app/name roost",
                    effect: "writes the five bytes 'roost' to /app/name"
                )
            ]
        ),
        run: run
    )

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let notation = KeyNotation(invocation)
        let isSequential = invocation.has("sequential")
        let key =
            isSequential
            ? try notation.directory(invocation.operands[0])
            : try notation.key(invocation.operands[0])
        let condition = try Condition(invocation)
        let timeToLive = try invocation.duration("ttl")
        guard timeToLive == nil || !invocation.has("lease") else {
            throw .usage("--lease and --ttl are both given", hint: "give one of them")
        }
        guard !isSequential || condition == .none else {
            throw .usage(
                "--sequential creates a key that was never there",
                hint: "leave the condition out"
            )
        }
        let service = try Service(invocation)
        let value = try KeyArgument.value(invocation, operand: 1)
        let path = isSequential ? Call.path(ofKey: key) : notation.address(of: key)
        let reply = try service.write(isSequential ? .post : .put, path: path, body: value) {
            call in
            condition.add(to: &call)
            if let timeToLive { call.add("ttl", value: "\(timeToLive)ms") }
            if let lease = invocation.bytes("lease") { call.add("lease", value: lease) }
        }
        try report(reply, on: console, notation: notation, isSequential: isSequential)
        return .done
    }

    /// Says which key has which revision now.
    private static func report(
        _ reply: Response,
        on console: Console,
        notation: KeyNotation,
        isSequential: Bool
    ) throws(Failure) {
        guard console.format == .text else { return try console.document(reply.body) }
        guard let json = reply.json, let key = json.key, let revision = json["mod_revision"]
        else { throw .answer(reply) }
        // The name of a sequential child is what was asked for.
        if isSequential, console.voice == .quiet { return try console.line(notation.word(key)) }
        try console.confirm("\(notation.word(key)) revision \(revision.plainText)")
    }
}

/// What a key must be for a write to happen.
enum Condition: Hashable, Sendable {
    case none
    case revision(UInt64)
    case exists
    case absent

    init(_ invocation: Invocation) throws(Failure) {
        let revision = try invocation.number("if-revision")
        let given = [revision != nil, invocation.has("if-exists"), invocation.has("if-absent")]
        guard given.filter({ $0 }).count <= 1 else {
            throw .usage("more than one condition is given", hint: "give one of them")
        }
        if let revision {
            self = revision == 0 ? .absent : .revision(revision)
        } else if invocation.has("if-exists") {
            self = .exists
        } else {
            self = invocation.has("if-absent") ? .absent : .none
        }
    }

    func add(to call: inout Call) {
        switch self {
        case .none: break
        case .revision(let revision): call.setHeader("If-Match", value: "\"\(revision)\"".utf8)
        case .exists: call.setHeader("If-Match", value: "*".utf8)
        case .absent: call.setHeader("If-None-Match", value: "*".utf8)
        }
    }
}
