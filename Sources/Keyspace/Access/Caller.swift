/// Who asks for a command, or a read. Whoever makes one has proven it; what the caller may do is
/// decided where the command is applied.
package enum Caller: Hashable, Sendable {
    /// Nobody in particular, as everybody is while access is not controlled.
    case nobody
    /// A user whose password, token or certificate was checked against the users and roles of that
    /// revision.
    case user(AccessName, asOf: AuthRevision)
    /// Somebody whom another issuer vouches for, and the roles that it names, rising, each once; of
    /// 1 to `AccessName.byteCountMax` bytes, among which is a colon so that it is no user's name.
    case outside(subject: [UInt8], roles: [AccessName])
    /// The cluster itself, which may do everything.
    case member

    /// The most roles that an issuer may name.
    package static let roleCountMax = 64

    /// Who is told to have written the versions that the command writes; empty for nobody.
    package var author: [UInt8] {
        switch self {
        case .nobody, .member: []
        case .user(let name, _): name.bytes
        case .outside(let subject, _): subject
        }
    }

    /// The first feature level whose members know such a caller.
    package var featureLevel: UInt64 {
        switch self {
        case .nobody, .outside(_, roles: []): 1
        case .user, .outside, .member: FeatureLevel.third
        }
    }

    /// What its words take, in bytes.
    var byteCount: Int {
        guard case .outside(let subject, let roles) = self else { return author.count }
        return roles.reduce(subject.count) { $0 + 16 + $1.bytes.count }
    }

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        guard case .outside(let subject, let roles) = self else { return true }
        return (1...AccessName.byteCountMax).contains(subject.count)
            && roles.count <= Self.roleCountMax && roles.rise
    }
}

extension [AccessName] {
    /// Whether each comes after the one before it, and so none twice.
    var rise: Bool { zip(self, dropFirst()).allSatisfy { $0 < $1 } }
}
