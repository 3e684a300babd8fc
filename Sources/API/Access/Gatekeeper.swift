internal import Bytes
package import Credentials
package import Keyspace
package import Wire

/// Tells who asks by what a request brings along. Remembers what was expensive to prove.
///
/// Not for more than one thread.
package final class Gatekeeper {
    /// Proven credentials that are remembered; beyond, all are forgotten.
    private static let rememberedCountMax = 1024

    private enum Proven {
        /// A name, and how the password was kept that was right.
        case password(AccessName, kept: [UInt8])
        case outside(Principal)
    }

    private let tokens = TokenVerifier()
    private let digests: MessageCode
    private var proven: [[UInt8]: Proven] = [:]
    /// The last outside token that was not believed. A request's caller is asked for twice, first for
    /// its limits, and a signature is expensive to look at whether it is right or not.
    private var lastRefused: (digest: [UInt8], at: UInt64, fault: TokenFault)?
    private var keysAsOf: AuthRevision?
    /// The issuer of tokens that is believed besides the cluster itself.
    package private(set) var issuer: OutsideIssuer?
    /// The wall clock, in Unix seconds.
    package var unixSeconds: UInt64 = 0

    /// - Parameter secret: random bytes of this process alone.
    package init(secret: [UInt8] = []) { digests = MessageCode(key: secret) }

    /// Believes this issuer from now on, and no other.
    package func believe(_ issuer: OutsideIssuer?) {
        self.issuer = issuer
        proven.removeAll()
        lastRefused = nil
    }

    /// Who asks, of a member whose state this is.
    package func identity(
        of request: HTTPRequest,
        certificate: [UInt8]?,
        in keyspace: borrowing Keyspace
    ) -> CallerIdentity {
        guard keyspace.isAccessControlled else { return .known(.anonymous) }
        return identity(of: request, certificate: certificate, in: keyspace.access)
    }

    /// Who asks.
    ///
    /// - Parameter certificate: the name in the connection's verified certificate, if there is one;
    ///   what the request says counts before it.
    package func identity(
        of request: HTTPRequest,
        certificate: [UInt8]?,
        in access: borrowing AccessControl
    ) -> CallerIdentity {
        // While nothing is refused nobody is asked.
        guard access.isEnabled else { return .known(.anonymous) }
        guard let field = request.header("authorization") else {
            guard let certificate else { return .known(.anonymous) }
            guard let name = AccessName(certificate), access.user(name) != nil else {
                return .unsettled(.unknownUser(certificate: certificate))
            }
            return .known(Principal(certified: name, asOf: access.revision))
        }
        guard request.headers.values(of: "authorization").count == 1,
            let blank = field.firstIndex(of: UInt8(ascii: " "))
        else { return .refused(.unknownScheme) }
        let scheme = field[..<blank]
        let text = Array(field[blank...].trimmingBlanks)
        do throws(TokenFault) {
            if scheme.equalsIgnoringCase("basic") { return try basic(text, in: access) }
            guard scheme.equalsIgnoringCase("bearer") else { throw .unknownScheme }
            return SessionToken.isForm(of: text)
                ? try session(text, in: access) : .known(try outside(text))
        } catch { return .refused(error) }
    }

    // MARK: - Tokens

    private func session(
        _ text: [UInt8],
        in access: borrowing AccessControl
    ) throws(TokenFault) -> CallerIdentity {
        renewKeys(access)
        let token: SessionToken
        do throws(TokenFault) { token = try tokens.admit(text, at: unixSeconds) } catch {
            guard error == .unknownKey else { throw error }
            return .unsettled(error)
        }
        guard let name = AccessName(token.user) else { throw .malformed }
        let revision = AuthRevision(rawValue: token.authRevision)
        guard revision <= access.revision else { return .unsettled(.unknownKey) }
        return .known(
            Principal(.user(name, asOf: revision), expiry: token.expiry, signedBy: token.key)
        )
    }

    private func renewKeys(_ access: borrowing AccessControl) {
        guard keysAsOf != access.revision else { return }
        keysAsOf = access.revision
        tokens.renew(access.signingKeys.map { ($0.id, $0.secret) })
    }

    private func outside(_ text: [UInt8]) throws(TokenFault) -> Principal {
        guard let issuer else { throw .unknownKey }
        let digest = digests.code(for: text)
        if case .outside(let principal) = proven[digest] {
            guard let expiry = principal.expiry, expiry <= unixSeconds else { return principal }
            throw .expired(at: expiry)
        }
        if let lastRefused, lastRefused.digest == digest, lastRefused.at == unixSeconds {
            throw lastRefused.fault
        }
        let subject: OutsideSubject
        do throws(TokenFault) { subject = try issuer.admit(text, at: unixSeconds) } catch {
            lastRefused = (digest, unixSeconds, error)
            throw error
        }
        guard let name = AccessName(AccessName.outsideKind + subject.name),
            subject.name.first != UInt8(ascii: " "), subject.name.last != UInt8(ascii: " ")
        else { throw .unfitSubject }
        let roles = Set(subject.roles.compactMap { AccessName($0) }).sorted()
        let caller = Caller.outside(subject: name.bytes, roles: roles)
        let principal = Principal(caller, expiry: subject.expiry)
        remember(digest, as: .outside(principal))
        return principal
    }

    // MARK: - Passwords

    private func basic(
        _ text: [UInt8],
        in access: borrowing AccessControl
    ) throws(TokenFault) -> CallerIdentity {
        let credentials = try BasicCredentials(parsing: text)
        guard let name = AccessName(credentials.user) else { throw .noPassword }
        let digest = digests.code(for: text)
        let kept = access.user(name)?.password ?? []
        let principal = Principal(.user(name, asOf: access.revision))
        if case .password(let provenName, let provenKept) = proven[digest], provenName == name,
            provenKept == kept, !kept.isEmpty
        {
            return .known(principal)
        }
        let task = PasswordTask(
            .check(against: PasswordHash(parsing: kept)),
            user: name.bytes,
            password: credentials.password,
            digest: digest
        )
        return .toProve(task, principal)
    }

    /// The password of a task was right.
    package func note(provenBy task: PasswordTask) {
        guard let digest = task.digest, case .check(let hash?) = task.goal,
            let name = AccessName(task.user)
        else { return }
        remember(digest, as: .password(name, kept: hash.text))
    }

    private func remember(_ digest: [UInt8], as what: Proven) {
        if proven.count >= Self.rememberedCountMax { proven.removeAll() }
        proven[digest] = what
    }
}
