internal import Platform
internal import RoostClient

/// As whom a command asks: `--token`, or `--user` with a password, before ROOST_TOKEN, before ROOST_USER
/// and ROOST_PASSWORD, before the login that is kept for the endpoints.
enum Login {
    static let flags = [
        Flag("user", value: .required("NAME"), "as whom; the password is asked for (ROOST_USER)"),
        Flag("token", value: .required("TOKEN"), "as whom, by a token (ROOST_TOKEN)"),
    ]

    /// Settles it for this process and its children, in the environment.
    static func settle(_ invocation: Invocation) throws(Failure) {
        guard invocation.verb.words != LoginCommand.login.verb.words else { return }
        if let token = invocation.text("token") {
            guard invocation.text("user") == nil else {
                throw .usage("--user and --token exclude each other", hint: "leave one of them out")
            }
            return try set([(Authorization.tokenVariable, token)])
        }
        if let user = invocation.text("user") {
            let password = try PasswordPrompt.saidOrAsked(of: user)
            return try set([
                (Authorization.tokenVariable, ""), (Authorization.userVariable, user),
                (Authorization.passwordVariable, String(decoding: password, as: UTF8.self)),
            ])
        }
        guard Authorization.ofThisProcess == nil, let file = CredentialsFile(),
            let kept = try file.login(at: try Service.endpoints(invocation))
        else { return }
        try set([(Authorization.tokenVariable, String(decoding: kept.token, as: UTF8.self))])
    }

    private static func set(_ values: [(name: String, value: String)]) throws(Failure) {
        for (name, value) in values {
            do throws(SystemError) { try Environment.set(name, value: value) } catch {
                throw .local("cannot set \(name): \(error)")
            }
        }
    }
}
