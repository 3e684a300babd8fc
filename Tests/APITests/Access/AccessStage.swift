import API
import Bytes
import Credentials
import Keyspace
import Testing
import Wire

/// A member whose access is controlled: `root` may do everything, `ann` read and write below /app and
/// take the locks `app/…`.
struct AccessStage {
    var member = ExchangeHarness()
    static let now: UInt64 = 1_800_000_000
    static let password = "correct horse"
    private static let secret = [UInt8](repeating: 0x5A, count: 32)

    init() throws {
        member.member.unixSeconds = Self.now
        member.apply(Request(.raiseFeatureLevel(to: FeatureLevel.newest)))
        try change(
            .putRole(
                Self.name("root"),
                rules: .exactly([
                    AccessRule(.allow, to: [.admin, .metrics], in: .service),
                    AccessRule(.allow, to: [.read, .write], in: .keys(.prefix([]))),
                    AccessRule(.allow, to: .lock, in: .names(try Self.pattern("*"))),
                ])
            )
        )
        try change(
            .putRole(
                Self.name("app"),
                rules: .exactly([
                    AccessRule(
                        .allow,
                        to: [.read, .write],
                        in: .keys(.subtree(Key(path: "/app")))
                    ),
                    AccessRule(.allow, to: .lock, in: .names(try Self.pattern("app/*"))),
                ])
            )
        )
        for (user, role) in [("root", "root"), ("ann", "app"), ("bob", "app")] {
            let hash = try PasswordHash(
                of: Array(Self.password.utf8),
                salt: [UInt8](repeating: 3, count: 16),
                cost: .trifling
            )
            try change(
                .putUser(
                    Self.name(user),
                    password: .set(hash.text),
                    roles: .exactly([Self.name(role)])
                )
            )
        }
        try change(.addSigningKey(secret: Self.secret))
        try change(.enable)
    }

    static func name(_ text: String) throws -> AccessName {
        try #require(AccessName(Array(text.utf8)))
    }

    static func pattern(_ text: String) throws -> NamePattern {
        try #require(NamePattern(Array(text.utf8)))
    }

    mutating func change(_ change: AccessChange) throws {
        let answer = member.apply(Request(.changeAccess(change), caller: .member))
        guard case .accessChanged = answer?.outcome else {
            Issue.record("\(change): \(String(describing: answer))")
            return
        }
    }

    /// A token as a login gives it.
    func token(_ user: String, life: UInt64 = 3600, issued: UInt64 = now) throws -> String {
        let key = try #require(member.keyspace.access.signingKeys.last)
        let token = SessionToken(
            key: key.id,
            user: Array(user.utf8),
            authRevision: member.keyspace.access.revision.rawValue,
            issued: issued,
            lifeSeconds: life
        )
        return String(decoding: token.text(signedBy: MessageCode(key: key.secret)), as: UTF8.self)
    }

    func bearer(_ user: String) throws -> [String: String] {
        ["authorization": "Bearer \(try token(user))"]
    }

    static func basic(_ user: String, password: String = password) -> [String: String] {
        let credentials = BasicCredentials(user: Array(user.utf8), password: Array(password.utf8))
        return ["authorization": "Basic " + String(decoding: credentials.text, as: UTF8.self)]
    }

    mutating func call(
        _ method: Wire.Method,
        _ target: String,
        as user: String? = nil,
        body: String = ""
    ) throws -> Reply {
        try member.call(method, target, user.map(bearer) ?? [:], body: body)
    }
}

extension Key {
    init(path: String) throws { try self.init(path: Array(path.utf8)) }
}
