internal import Keyspace

/// Who asks where access is controlled: a crowd that may do everything, and a few users whose rights
/// come and go.
enum Principals {
    static let userCount = 3
    static let roleCount = 3
    /// The keys that the users write.
    static let keys = (0..<4).map { KeySpaces.path("/users/\($0)") }
    static let root = KeySpaces.path("/users")
    /// The lock that they contend for.
    static let lock = Contest(kind: .lock, name: Array("access".utf8))
    /// The role of the crowd, and of an administrator whom nobody ever is.
    static let crowd = name("crowd")
    static let administrator = name("administrator")

    static func user(_ number: Int) -> AccessName { name("user-\(number)") }

    static func role(_ number: Int) -> AccessName { name("role-\(number)") }

    private static func name(_ text: String) -> AccessName {
        AccessName(Array(text.utf8)) ?? .anonymous
    }

    /// The request, asked by one of the crowd, whoever is said to write.
    static func asked(byCrowd request: Request) -> Request {
        let author = request.caller.author
        let subject = author.isEmpty ? crowd.bytes : author
        return request.asked(by: .outside(subject: subject, roles: [crowd]))
    }

    /// The idempotency key of nobody's request once one of the crowd asks.
    static func asked(byCrowd stamp: IdempotencyStamp) -> IdempotencyStamp {
        stamp.of(.outside(subject: crowd.bytes, roles: [crowd]))
    }
}
