internal import RoostClient
internal import Wire

/// `roost auth …`: whether access is controlled, and what somebody may do.
enum AuthCommand {
    static let enable = change(
        "enable",
        summary: "control access: nothing is allowed that no rule allows",
        flags: [Flag("force", "although no user who may admin has a password")],
        explanation: """
            Refused until some user with a password has a role that allows admin. Where such users
            come with certificates, or with tokens of an outside issuer, say --force.
            """
    )
    static let disable = change(
        "disable",
        summary: "let everybody do everything",
        explanation: "Users and roles stay."
    )

    private static func change(
        _ word: String,
        summary: String,
        flags: [Flag] = [],
        explanation: String
    ) -> Subcommand {
        Subcommand(
            Verb(
                "auth",
                word,
                manners: [.remarks],
                summary: summary,
                explanation: explanation,
                flags: flags,
                examples: [Verb.Example(command: "roost auth \(word)", effect: summary)]
            )
        ) { invocation, console throws(Failure) in
            let query = invocation.has("force") ? "?force" : ""
            let path = Array("/v1/auth/\(word)\(query)".utf8)
            let reply = try Service(invocation).repeatable(.post, path: path)
            return try tell(reply, on: console)
        }
    }

    static let status = Subcommand(
        Verb(
            "auth",
            "status",
            summary: "show whether access is controlled",
            examples: [Verb.Example(command: "roost auth status", effect: "enabled or disabled")]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        return try tell(service.read(.read(Array("/v1/auth/status".utf8))), on: console)
    }

    static let keys = Subcommand(
        Verb(
            "auth",
            "keys",
            summary: "list the keys that sign tokens",
            explanation: "The last of them signs new ones. What they sign with is never told.",
            examples: [Verb.Example(command: "roost auth keys", effect: "one line a key")]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        return try list(service.read(.read(Array("/v1/auth/keys".utf8))), on: console)
    }

    static let rotateKeys = Subcommand(
        Verb(
            "auth",
            "rotate-keys",
            manners: [.remarks],
            summary: "sign new tokens with a new key",
            explanation: """
                Tokens that there are stay valid. It happens by itself each week; of more than 16
                keys the oldest is retired.
                """,
            examples: [
                Verb.Example(command: "roost auth rotate-keys", effect: "adds a key, lists all")
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let path = Array("/v1/auth/keys/rotate".utf8)
        return try list(service.repeatable(.post, path: path), on: console)
    }

    static let retireKey = Subcommand(
        Verb(
            "auth",
            "retire-key",
            manners: [.remarks],
            summary: "let no token count that a key has signed",
            explanation: """
                Whoever has one logs in again. To end all tokens that there are without a moment
                in which nobody can log in: 'roost auth rotate-keys', then retire the older ones.
                """,
            operands: [Verb.Operand(name: "ID", count: .one)],
            examples: [
                Verb.Example(
                    command: "roost auth retire-key 17",
                    effect: "tokens that it signed are refused from now on"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        guard let id = try invocation.number(operand: 0) else {
            throw .usage("no key is named", hint: "'roost auth keys' lists them")
        }
        let path = Array("/v1/auth/keys/\(id)".utf8)
        return try list(Service(invocation).repeatable(.delete, path: path), on: console)
    }

    private static func list(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        guard let keys = reply.json?["keys"]?.array else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
            return .done
        }
        var table = Table(titles: ["ID", "AGE", "SIGNS"])
        for key in keys {
            var age = ""
            if case .number(let seconds)? = key["age"], let span = TimeSpan(seconds: seconds) {
                age = People.duration(milliseconds: span.milliseconds)
            }
            let signs = key["signs"]?.bool == true ? "new tokens" : ""
            table.append([key["id"]?.plainText ?? "", age, signs])
        }
        try console.write(Array(table.text(for: console).utf8))
        return .done
    }

    static let can = Subcommand(
        Verb(
            "auth",
            "can",
            summary: "show whether a user may do something, and which rule decides",
            explanation: """
                VERB is read, write, lock, admin or metrics; WHAT a path for read and write, a name
                for lock. Exit code 0 for yes, 7 for no.
                """,
            operands: [
                Verb.Operand(name: "USER", count: .one), Verb.Operand(name: "VERB", count: .one),
                Verb.Operand(name: "WHAT", count: .atMostOne),
            ],
            flags: [Flag("recursive", letter: "r", "the path with everything below")],
            examples: [
                Verb.Example(
                    command: "roost auth can ann write /app/name",
                    effect: "yes or no, and the rule"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let verb = invocation.operand(1) ?? ""
        var call = Call.read(Array("/v1/auth/can".utf8))
        call.add("user", value: invocation.operands[0])
        call.add("verb", value: verb)
        if let what = invocation.operand(2) {
            if verb == "lock" {
                call.add("name", value: what)
            } else {
                call.add("path", value: what)
            }
        }
        if invocation.has("recursive") { call.add("recursive") }
        let reply = try Service(invocation).read(call)
        guard let json = reply.json, let isAllowed = json["allowed"]?.bool else {
            throw .answer(reply)
        }
        if console.format == .json {
            try console.document(reply.body)
        } else if let rule = json["rule"] {
            let role = json["role"]?.plainText ?? ""
            try console.line("\(isAllowed ? "yes" : "no"), by \(role): \(AccessText.rule(rule))")
        } else {
            try console.line(isAllowed ? "yes" : "no, no rule allows it")
        }
        return isAllowed ? .done : .denied
    }

    private static func tell(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        guard let isEnabled = reply.json?["enabled"]?.bool else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            try console.line(
                isEnabled ? "enabled: nothing is allowed that no rule allows" : "disabled"
            )
        }
        return .done
    }
}
