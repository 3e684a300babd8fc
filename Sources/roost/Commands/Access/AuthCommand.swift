internal import RoostClient
internal import Wire

/// `roost auth …`: whether access is controlled, and what somebody may do.
enum AuthCommand {
    static let enable = change(
        "enable",
        summary: "control access: nothing is allowed that no rule allows",
        explanation: "Refused until some user has a role that allows admin."
    )
    static let disable = change(
        "disable",
        summary: "let everybody do everything",
        explanation: "Users and roles stay."
    )

    private static func change(
        _ word: String,
        summary: String,
        explanation: String
    ) -> Subcommand {
        Subcommand(
            Verb(
                "auth",
                word,
                manners: [.remarks],
                summary: summary,
                explanation: explanation,
                examples: [Verb.Example(command: "roost auth \(word)", effect: summary)]
            )
        ) { invocation, console throws(Failure) in
            let path = Array("/v1/auth/\(word)".utf8)
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
