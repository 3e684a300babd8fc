package import Credentials

/// Work on a password: it takes tenths of a second and much memory, and so a thread of its own.
package struct PasswordTask: Sendable {
    /// What is to be found out.
    package enum Goal: Hashable, Sendable {
        /// Whether it is the password that is kept so; nil where nothing is kept, which takes as long.
        case check(against: PasswordHash?)
        /// How it is to be kept.
        case hash
        /// Nothing of any password: random bytes are wanted.
        case secret
    }

    package let goal: Goal
    /// Whose it is said to be.
    package let user: [UInt8]
    /// Names the credentials among those that were proven, without telling them; nil for what is
    /// not to be remembered.
    package let digest: [UInt8]?
    private let password: [UInt8]

    package init(_ goal: Goal, user: [UInt8], password: [UInt8], digest: [UInt8]? = nil) {
        self.goal = goal
        self.user = user
        self.password = password
        self.digest = digest
    }

    /// Takes as long where there is no such user, so that nobody learns who there is.
    private static let decoy = PasswordHash(
        parsing: Array(
            "$scrypt$ln=15,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$\(String(repeating: "A", count: 43))".utf8
        )
    )

    /// Does the work.
    ///
    /// - Parameters:
    ///   - salt: `PasswordHash.saltByteCount` random bytes.
    ///   - secret: `SigningKey.secretByteCount` other random bytes, handed on.
    package func carryOut(salt: [UInt8], secret: [UInt8]) -> PasswordOutcome {
        do throws(PasswordHash.Fault) {
            switch goal {
            case .hash:
                return .hashed(try PasswordHash(of: password, salt: salt).text)
            case .check(let kept):
                let isRight = try (kept ?? Self.decoy)?.matches(password) ?? false
                return isRight && kept != nil ? .right(secret: secret) : .wrong
            case .secret: return .drawn(secret: secret)
            }
        } catch { return .impossible }
    }
}

/// What came of work on a password.
package enum PasswordOutcome: Hashable, Sendable {
    /// It is the password. Random bytes come along, for a key if one is due.
    case right(secret: [UInt8])
    case wrong
    /// What is to be kept.
    case hashed([UInt8])
    case drawn(secret: [UInt8])
    /// There was no memory for it.
    case impossible
    /// It was not begun: others wait, or the same was tried in vain too often.
    case turnedAway(retryAfterSeconds: UInt64)
}
