internal import Bytes
internal import RoostClient
internal import Wire

/// `roost apply`: makes what lies below a key what a JSON object says.
enum ApplyCommand {
    /// How often a tree that others write meanwhile is looked at anew.
    private static let attemptCountMax = 20

    static let command = Subcommand(
        Verb(
            "apply",
            manners: [.fences, .remarks],
            summary: "make a tree of keys what a JSON object says",
            explanation: """
                TREE, an argument, - for standard input, or --file, is an object as 'roost tree
                --output json' prints it. All keys that change do so at one revision: those that it
                names are written, those with the same value stay untouched, those that it does not
                name are removed. With --merge these stay, and null removes what it names, with all
                below it (RFC 7396). One line says what became of each key, + created, ~ changed, -
                removed; the last one has the revision and the tag of the tree, for --if-match. With
                --dry-run nothing is changed. A condition that does not hold is exit code 4.
                """,
            operands: [
                Verb.Operand(name: "KEY", count: .one),
                Verb.Operand(name: "TREE", count: .atMostOne),
            ],
            flags: [
                Flag("file", letter: "f", value: .required("FILE"), "the JSON object"),
                Flag("merge", "keep what the object does not name; null removes"),
                Flag("dry-run", letter: "n", "say what would change, and change nothing"),
                Flag("json", "numbers, true, false and arrays too, stored as their JSON text"),
                Flag("if-match", value: .required("TAG"), "only if the tree has this tag"),
                Flag("all", "with {} for /: yes, remove every key of the store"),
                WriteNote.flag,
            ],
            examples: [
                Verb.Example(
                    command: #"roost apply /app '{"name":"roost","db":{"host":"db1"}}'"#,
                    effect: "makes /app/name and /app/db/host all that lies below /app"
                ),
                Verb.Example(
                    command: #"roost apply /app --merge --dry-run '{"db":{"host":"db2"}}'"#,
                    effect: "prints '~ /app/db/host' if that would change, and changes nothing"
                ),
            ]
        ),
        run: run
    )

    /// What the command line asks for.
    private struct Plan {
        let key: [UInt8]
        let tree: [UInt8]
        let isMerge: Bool
        let storesJSON: Bool
        let removesAll: Bool
        /// The tag that is asked for, without quotes.
        let tag: [UInt8]?

        init(_ invocation: Invocation) throws(Failure) {
            let notation = KeyNotation.path
            key = try notation.directory(invocation.operands[0])
            tree = try KeyArgument.content(invocation, operand: 1, as: .tree)
            isMerge = invocation.has("merge")
            storesJSON = invocation.has("json")
            removesAll = invocation.has("all")
            let tag = invocation.bytes("if-match").map { tag in
                tag.filter { $0 != UInt8(ascii: "\"") }
            }
            guard tag?.isEmpty != true else {
                throw .usage("--if-match has no tag", hint: "write one that 'roost apply' prints")
            }
            self.tag = tag
        }

        var method: Wire.Method { isMerge ? .patch : .put }

        /// Completes a call that writes the tree while it has a tag, or says what that would do.
        func complete(_ call: inout Call, tag: [UInt8]) {
            if !isMerge { call.add("format", value: "tree") }
            if isMerge {
                call.setHeader("Content-Type", value: "application/merge-patch+json".utf8)
            }
            if storesJSON { call.add("values", value: "json") }
            if removesAll { call.add("confirm", value: "all") }
            let quote = [UInt8(ascii: "\"")]
            call.setHeader("If-Match", value: quote + tag + quote)
        }
    }

    private static func run(_ invocation: Invocation, on console: Console) throws(Failure)
        -> ExitCode
    {
        let plan = try Plan(invocation)
        let service = try Service(invocation)
        var attemptCount = 1
        while true {
            do throws(Failure) {
                let result = try carryOut(
                    plan,
                    isForecast: invocation.has("dry-run"),
                    service: service
                )
                try report(result, on: console)
                return .done
            } catch {
                guard plan.tag == nil, attemptCount < attemptCountMax, error.tellsOfAnotherTree
                else { throw error.withFlag }
                attemptCount += 1
            }
        }
    }

    /// What changed, or would change, and what the tree is then.
    private struct Result {
        let changes: JSONValue
        let revision: UInt64
        let tag: [UInt8]
    }

    /// Asks what would change and changes that, both while the tree has the same tag: the answer to
    /// a write only counts.
    private static func carryOut(
        _ plan: Plan,
        isForecast: Bool,
        service: Service
    ) throws(Failure) -> Result {
        let path = Call.path(ofKey: plan.key)
        let tag: [UInt8]
        if let named = plan.tag { tag = named } else { tag = try present(path, service: service) }
        let forecast = try service.write(plan.method, path: path, body: plan.tree) { call in
            plan.complete(&call, tag: tag)
            call.add("dry-run")
        }
        guard let changes = forecast.json else { throw .answer(forecast) }
        let revision = changes["revision"]?.whole ?? 0
        guard !isForecast else { return Result(changes: changes, revision: revision, tag: tag) }
        let reply = try service.write(plan.method, path: path, body: plan.tree) { call in
            plan.complete(&call, tag: tag)
        }
        return Result(
            changes: changes,
            revision: reply.json?["revision"]?.whole ?? revision,
            tag: unquoted(reply.headers["etag"]) ?? tag
        )
    }

    /// The tag that the tree has now.
    private static func present(_ path: [UInt8], service: Service) throws(Failure) -> [UInt8] {
        var call = Call.read(path)
        call.add("recursive")
        call.add("count")
        let reply = try service.read(call)
        guard let tag = unquoted(reply.headers["etag"]) else { throw .answer(reply) }
        return tag
    }

    private static func unquoted(_ tag: ArraySlice<UInt8>?) -> [UInt8]? {
        tag.map { $0.filter { $0 != UInt8(ascii: "\"") } }
    }

    // MARK: - What is said

    private static let marks: [(member: StaticString, mark: String)] = [
        ("created", "+"), ("changed", "~"), ("deleted", "-"),
    ]

    private static func report(_ result: Result, on console: Console) throws(Failure) {
        guard console.format == .text else { return try console.document(json(of: result)) }
        var lines: [(key: [UInt8], mark: String)] = []
        var counts: [String] = []
        for (member, mark) in marks {
            let keys = (result.changes[member]?.array ?? []).compactMap { $0.string ?? $0.key }
            lines += keys.map { ($0, mark) }
            counts.append("\(String(describing: member)) \(keys.count)")
        }
        lines.sort { $0.key.lexicographicallyPrecedes($1.key) }
        for line in lines {
            try console.confirm("\(line.mark) \(KeyNotation.path.word(line.key))")
        }
        let tag = String(decoding: result.tag, as: UTF8.self)
        try console.confirm(
            counts.joined(separator: " ") + " revision \(result.revision) tag \(tag)"
        )
    }

    /// As a dry run has it, with the tag.
    private static func json(of result: Result) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("revision", number: result.revision)
        for (member, _) in marks {
            writer.name(member)
            writer.value(result.changes[member] ?? .array([]))
        }
        writer.member("tag", string: result.tag)
        writer.endObject()
        return writer.output
    }
}

extension Failure {
    /// The same, with the flag that gives what the service asks for.
    fileprivate var withFlag: Failure {
        guard case .answer(let reply) = self, exitCode == .usage else { return self }
        let flags = [("values=json", "--json"), ("confirm=all", "--all")]
        guard let flag = flags.first(where: { explanation.contains($0.0) }) else { return self }
        return .explained("\(explanation) (\(flag.0) is \(flag.1) here)", reply)
    }

    /// Whether the tree was not in the state that the condition names: not that a fence fell.
    fileprivate var tellsOfAnotherTree: Bool {
        guard case .answer(let reply) = self, let problem = ServiceProblem(reply) else {
            return false
        }
        return problem.has("precondition-failed") && problem.document["lock"] == nil
    }
}
