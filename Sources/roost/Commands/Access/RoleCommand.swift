internal import RoostClient
internal import Wire

/// `roost role …`: what those may do who have it.
enum RoleCommand {
    private static let name = Verb.Operand(name: "NAME", count: .one)
    private static let words: Set<String> = ["read", "write", "lock", "admin", "metrics"]

    static let list = Subcommand(
        Verb(
            "role",
            "list",
            summary: "list the roles with their rules",
            examples: [Verb.Example(command: "roost role list", effect: "one line a rule")]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let reply = try service.read(.read(Array("/v1/auth/roles?limit=10000".utf8)))
        guard let roles = reply.json?["roles"]?.array else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
            return .done
        }
        var table = Table(titles: ["NAME", "RULE"])
        for role in roles {
            let name = role["name"]?.plainText ?? ""
            let rules = role["rules"]?.array ?? []
            if rules.isEmpty { table.append([name, ""]) }
            for rule in rules { table.append([name, AccessText.rule(rule)]) }
        }
        try console.write(Array(table.text(for: console).utf8))
        return .done
    }

    static let show = Subcommand(
        Verb(
            "role",
            "show",
            summary: "show a role's rules",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost role show app",
                    effect: "its rules"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try tell(try Service(invocation).read(.read(path(invocation))), on: console)
    }

    static let add = Subcommand(
        Verb(
            "role",
            "add",
            manners: [.remarks],
            summary: "add a role without a rule",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost role add app",
                    effect: "a role that allows nothing yet"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try put(invocation) { body in
            body.name("add")
            body.beginArray()
            body.endArray()
        }
        try console.confirm("added \(invocation.operand(0) ?? "")")
        return .done
    }

    static let allow = rule("allow", summary: "add a rule that allows something")
    static let deny = rule("deny", summary: "add a rule that denies something, whatever allows it")

    static let remove = Subcommand(
        Verb(
            "role",
            "remove",
            manners: [.remarks],
            summary: "remove a role, also from its users",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost role remove app",
                    effect: "nobody has it any more"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        _ = try Service(invocation).repeatable(.delete, path: path(invocation))
        try console.confirm("removed \(invocation.operand(0) ?? "")")
        return .done
    }

    private static func rule(_ effect: StaticString, summary: String) -> Subcommand {
        Subcommand(
            Verb(
                "role",
                "\(effect)",
                summary: summary,
                explanation: """
                    VERBS are some of read, write, lock, admin, metrics, with commas between. WHAT is
                    a path for read and write, the name of locks and elections for lock, where * at
                    the end stands for anything, and nothing for admin and metrics. The role is made
                    if it is not there.
                    """,
                operands: [
                    name, Verb.Operand(name: "VERBS", count: .one),
                    Verb.Operand(name: "WHAT", count: .atMostOne),
                ],
                flags: [
                    Flag("recursive", letter: "r", "the path with everything below"),
                    Flag(
                        "prefix",
                        value: .required("BYTES"),
                        "keys that begin so, in place of WHAT"
                    ),
                    Flag("undo", "take the rule away instead"),
                ],
                examples: [
                    Verb.Example(
                        command: "roost role \(effect) app read,write /app -r",
                        effect: "about /app with everything below"
                    )
                ]
            )
        ) { invocation, console throws(Failure) in
            let reply = try put(invocation) { body throws(Failure) in
                body.name(invocation.has("undo") ? "remove" : "add")
                body.beginArray()
                try append(invocation, effect: effect, to: &body)
                body.endArray()
            }
            return try tell(reply, on: console)
        }
    }

    private static func append(
        _ invocation: Invocation,
        effect: StaticString,
        to body: inout JSONWriter
    ) throws(Failure) {
        let verbs = (invocation.operand(1) ?? "").split(separator: ",").map(String.init)
        guard !verbs.isEmpty, verbs.allSatisfy(words.contains) else {
            throw .usage(
                "'\(invocation.operand(1) ?? "")' is no list of verbs",
                hint: "write some of read, write, lock, admin, metrics, for example read,write"
            )
        }
        body.beginObject()
        body.member(effect, texts: verbs)
        let what = invocation.operand(2)
        if let what, invocation.has("prefix") {
            throw .usage(
                "'\(what)' and --prefix both say what the rule is about",
                hint: "give one of them"
            )
        }
        if let prefix = invocation.text("prefix") {
            body.member("prefix", string: Array(prefix.utf8))
        } else if let what, verbs == ["lock"] {
            body.member("name", string: Array(what.utf8))
        } else if let what {
            body.member("path", string: Array(what.utf8))
            if invocation.has("recursive") { body.member("recursive", bool: true) }
        }
        body.endObject()
    }

    private static func path(_ invocation: Invocation) -> [UInt8] {
        Call.path("/v1/auth/roles", segment: invocation.operands.first ?? [])
    }

    @discardableResult
    private static func put(
        _ invocation: Invocation,
        _ members: (inout JSONWriter) throws(Failure) -> Void
    ) throws(Failure) -> Response {
        var body = JSONWriter()
        body.beginObject()
        try members(&body)
        body.endObject()
        let service = try Service(invocation)
        return try service.repeatable(.put, path: path(invocation), body: body.output)
    }

    private static func tell(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        guard let rules = reply.json?["rules"]?.array else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            for rule in rules { try console.line(AccessText.rule(rule)) }
        }
        return .done
    }
}
