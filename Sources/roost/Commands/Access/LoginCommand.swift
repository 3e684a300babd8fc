internal import Platform
internal import RoostClient
internal import Wire

/// `roost login`, `logout`, `whoami`: as whom commands ask from now on.
enum LoginCommand {
    static let login = Subcommand(
        Verb(
            "login",
            manners: [.remarks],
            summary: "log in, and stay so for further commands",
            explanation: """
                Asks for the password at the terminal, or reads it as the first line of standard
                input, or takes ROOST_PASSWORD. The token that comes is kept for these endpoints in
                ~/.config/roost/credentials.json, which nobody else may read. Scripts rather set
                ROOST_TOKEN, or ROOST_USER and ROOST_PASSWORD.
                """,
            operands: [Verb.Operand(name: "USER", count: .atMostOne)],
            flags: [
                Flag("ttl", value: .required("DURATION"), "how long it lasts, up to 30d (12h)")
            ],
            examples: [
                Verb.Example(
                    command: "roost login ann",
                    effect: "asks as ann from now on"
                )
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let name =
            invocation.operand(0) ?? invocation.text("user")
            ?? Environment.value(of: Authorization.userVariable)
        guard let user = name else {
            throw .usage("nobody is named", hint: "write for example 'roost login ann'")
        }
        let password = try PasswordPrompt.saidOrAsked(of: user)
        var body = JSONWriter()
        body.beginObject()
        body.member("user", string: Array(user.utf8))
        body.member("password", string: password)
        if let life = try invocation.duration("ttl") {
            body.member("ttl", string: Array("\(life)ms".utf8))
        }
        body.endObject()
        let reply = try service.repeatable(
            .post,
            path: Array("/v1/auth/login".utf8),
            body: body.output
        )
        guard let token = reply.json?["token"]?.string,
            let expires = reply.json?["expires"]?.whole
        else { throw .answer(reply) }
        guard let file = CredentialsFile() else {
            throw .local("there is no home to keep the token in: set HOME or XDG_CONFIG_HOME")
        }
        let kept = CredentialsFile.Login(user: Array(user.utf8), token: token, expires: expires)
        try file.keep(kept, at: service.endpoints)
        try console.confirm("logged in as \(user)")
        return .done
    }

    static let logout = Subcommand(
        Verb(
            "logout",
            manners: [.remarks],
            summary: "forget the login for these endpoints",
            explanation: """
                The token itself stays valid until its time is over or the user changes, as 'roost
                user passwd' does.
                """,
            examples: [Verb.Example(command: "roost logout", effect: "asks as nobody again")]
        )
    ) { invocation, console throws(Failure) in
        try CredentialsFile()?.keep(nil, at: try Service.endpoints(invocation))
        try console.confirm("logged out")
        return .done
    }

    static let whoami = Subcommand(
        Verb(
            "whoami",
            summary: "show as whom commands ask",
            examples: [
                Verb.Example(command: "roost whoami", effect: "the user and its roles")
            ]
        )
    ) { invocation, console throws(Failure) in
        let service = try Service(invocation)
        let reply = try service.read(.read(Array("/v1/auth/whoami".utf8)))
        guard let json = reply.json else { throw .answer(reply) }
        if console.format == .json {
            try console.document(reply.body)
        } else {
            try console.line(AccessText.principal(json))
        }
        return .done
    }
}
