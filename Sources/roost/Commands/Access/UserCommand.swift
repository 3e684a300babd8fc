internal import RoostClient
internal import Wire

/// `roost user …`: whom the cluster knows.
enum UserCommand {
    private static let name = Verb.Operand(name: "NAME", count: .one)
    private static let roles = Verb.Operand(name: "ROLE", count: .atLeastOne)

    static let list = Subcommand(
        Verb(
            "user",
            "list",
            summary: "list the users with their roles",
            examples: [Verb.Example(command: "roost user list", effect: "one line a user")]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let reply = try service.read(.read(Array("/v1/auth/users?limit=10000".utf8)))
        guard let users = reply.json?["users"]?.array else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
            return .done
        }
        var table = Table(titles: ["NAME", "ROLES", "PASSWORD"])
        for user in users {
            table.append([
                user["name"]?.plainText ?? "", AccessText.list(user["roles"]),
                user["password"]?.bool == true ? "yes" : "no",
            ])
        }
        try console.write(Array(table.text(for: console).utf8))
        return .done
    }

    static let show = Subcommand(
        Verb(
            "user",
            "show",
            summary: "show a user's roles",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost user show ann",
                    effect: "its roles"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        try tell(try Service(invocation).read(.read(path(invocation))), on: console)
    }

    static let add = Subcommand(
        Verb(
            "user",
            "add",
            manners: [.remarks],
            summary: "add a user",
            explanation: """
                The password is asked for at the terminal, or is the first line of standard input.
                """,
            operands: [name],
            flags: [
                Flag(
                    "role",
                    value: .required("ROLE"),
                    repetition: .repeatable,
                    "a role that it gets"
                ),
                Flag("no-password", "it comes with a certificate"),
                Flag("replace", "one that is there gets exactly these roles, and this password"),
            ],
            examples: [
                Verb.Example(
                    command: "echo 'correct horse' | roost user add ann --role app",
                    effect: "a user with that password and role"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let user = invocation.operand(0) ?? ""
        if !invocation.has("replace") { try checkFree(user, path: path(invocation), at: service) }
        let password =
            invocation.has("no-password") ? nil : try PasswordPrompt.newPassword(of: user)
        try put(invocation, to: service) { body in
            if let password { body.member("password", string: password) }
            body.member("roles", texts: invocation.texts("role"))
        }
        try console.confirm("added \(user)")
        return .done
    }

    /// Refuses to take the roles of a user that is there already.
    private static func checkFree(
        _ user: String,
        path: [UInt8],
        at service: Service
    ) throws(Failure) {
        do throws(Failure) { _ = try service.read(.read(path)) } catch {
            guard case .answer = error, error.exitCode == .notFound else { throw error }
            return
        }
        throw .local(
            "there is a user \(user) already; 'roost user grant', 'revoke' and 'passwd' change it, "
                + "--replace gives it exactly what is said"
        )
    }

    static let passwd = Subcommand(
        Verb(
            "user",
            "passwd",
            manners: [.remarks],
            summary: "change a user's password",
            explanation: """
                What was proven with the one before, its tokens too, counts no more. One's own, with
                a token, a certificate or after 'roost login', takes the old one too, unless one
                administers: it is asked for first, or is the first of two lines of standard input.
                Who has none yet gets the first one from an administrator.
                """,
            operands: [name],
            examples: [
                Verb.Example(
                    command: "echo 'battery staple' | roost user passwd ann",
                    effect: "ann logs in with that one from now on"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let user = invocation.operand(0) ?? ""
        let isOldAsked = try isOldAsked(of: user, by: service)
        let (old, new) =
            isOldAsked
            ? try PasswordPrompt.change(of: user)
            : (nil, try PasswordPrompt.newPassword(of: user))
        try put(invocation, to: service) { body in
            if let old { body.member("old_password", string: old) }
            body.member("password", string: new)
        }
        try console.confirm("changed the password of \(user)")
        return .done
    }

    /// Whether somebody asks for its own password without having said it, and is no administrator.
    private static func isOldAsked(
        of user: String,
        by service: Service
    ) throws(Failure) -> Bool {
        let name = Array(user.utf8)
        let who = try service.read(.read(Array("/v1/auth/whoami".utf8))).json
        guard who?["kind"]?.string.map({ $0.elementsEqual("user".utf8) }) == true,
            who?["name"]?.string == name,
            who?["by"]?.string.map({ $0.elementsEqual("password".utf8) }) == false
        else { return false }
        let kept = try service.read(.read(Call.path("/v1/auth/users", segment: name))).json
        guard kept?["password"]?.bool == true else { return false }
        var call = Call.read(Array("/v1/auth/can".utf8))
        call.add("user", value: name)
        call.add("verb", value: "admin")
        return try service.read(call).json?["allowed"]?.bool == false
    }

    static let grant = change("grant", field: "grant", summary: "give a user roles")
    static let revoke = change("revoke", field: "revoke", summary: "take roles from a user")

    private static func change(
        _ word: String,
        field: StaticString,
        summary: String
    ) -> Subcommand {
        Subcommand(
            Verb(
                "user",
                word,
                manners: [.remarks],
                summary: summary,
                operands: [name, roles],
                examples: [
                    Verb.Example(command: "roost user \(word) ann app", effect: summary)
                ]
            )
        ) { invocation, console throws(Failure) in
            let roles = invocation.operands.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            let reply = try put(invocation, to: try Service(invocation)) {
                $0.member(field, texts: roles)
            }
            return try tell(reply, on: console)
        }
    }

    static let remove = Subcommand(
        Verb(
            "user",
            "remove",
            manners: [.remarks],
            summary: "remove a user",
            operands: [name],
            examples: [
                Verb.Example(
                    command: "roost user remove ann",
                    effect: "nothing that it proves counts any more"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        _ = try Service(invocation).repeatable(.delete, path: path(invocation))
        try console.confirm("removed \(invocation.operand(0) ?? "")")
        return .done
    }

    private static func path(_ invocation: Invocation) -> [UInt8] {
        Call.path("/v1/auth/users", segment: invocation.operands.first ?? [])
    }

    @discardableResult
    private static func put(
        _ invocation: Invocation,
        to service: Service,
        _ members: (inout JSONWriter) -> Void
    ) throws(Failure) -> Response {
        var body = JSONWriter()
        body.beginObject()
        members(&body)
        body.endObject()
        return try service.repeatable(.put, path: path(invocation), body: body.output)
    }

    @discardableResult
    private static func tell(_ reply: Response, on console: Console) throws(Failure) -> ExitCode {
        guard let json = reply.json else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            try console.line(AccessText.principal(json))
        }
        return .done
    }
}

extension JSONWriter {
    /// A member that is a list of texts.
    mutating func member(_ name: StaticString, texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(Array(text.utf8)) }
        endArray()
    }
}
