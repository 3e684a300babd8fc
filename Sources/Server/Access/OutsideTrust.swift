internal import Credentials
internal import Platform

/// The outside issuer whose tokens are believed, and the file with its public keys.
struct OutsideTrust: Hashable {
    let path: String
    private let issuer: [UInt8]
    private let audience: [UInt8]
    private let claims: OutsideIssuer.ClaimNames

    /// Nil where none is named. One that is has to be told apart by issuer and audience: a token that
    /// was given for somebody else is none for this cluster.
    init?(_ configuration: Configuration) throws(ConfigurationError) {
        guard let path = configuration.outsideKeysFile else {
            for (flag, value) in [
                ("--jwt-issuer", configuration.outsideIssuer),
                ("--jwt-audience", configuration.outsideAudience),
            ] where value != nil {
                throw ConfigurationError(flag, reason: "needs --jwt-keys, the issuer's public keys")
            }
            return nil
        }
        guard let issuer = configuration.outsideIssuer, !issuer.isEmpty else {
            throw ConfigurationError("--jwt-keys", reason: "needs --jwt-issuer, as tokens name it")
        }
        guard let audience = configuration.outsideAudience, !audience.isEmpty else {
            throw ConfigurationError(
                "--jwt-keys",
                reason: "needs --jwt-audience, as tokens for this cluster name it"
            )
        }
        self.path = path
        self.issuer = Array(issuer.utf8)
        self.audience = Array(audience.utf8)
        claims = .init(
            user: Array(configuration.outsideUserClaim.utf8),
            roles: Array(configuration.outsideRolesClaim.utf8)
        )
    }

    /// The issuer with the keys of a file.
    func issuer(keys bytes: [UInt8]) throws(KeyFile.Fault) -> OutsideIssuer {
        OutsideIssuer(
            keys: try KeyFile(parsing: bytes),
            issuer: issuer,
            audience: audience,
            claims: claims
        )
    }
}

/// The file with an issuer's keys, looked at now and then: what it says anew counts at once.
struct OutsideKeys {
    /// Why the keys that there were are kept.
    enum Fault: Error {
        case system(SystemError)
        /// No regular file, or one that is too long.
        case unreadable
        case keys(KeyFile.Fault)
    }

    let trust: OutsideTrust
    private var bytes: [UInt8]?
    private var isTold = false

    init(_ trust: OutsideTrust) { self.trust = trust }

    /// The issuer with what the file says, if that is something else than before; a fault is thrown
    /// once until another comes of it.
    mutating func look() throws(Fault) -> OutsideIssuer? {
        do throws(Fault) {
            let found = try read()
            guard found != bytes else {
                isTold = false
                return nil
            }
            do {
                let issuer = try trust.issuer(keys: found)
                bytes = found
                isTold = false
                return issuer
            } catch { throw .keys(error) }
        } catch {
            guard !isTold else { return nil }
            isTold = true
            throw error
        }
    }

    private func read() throws(Fault) -> [UInt8] {
        guard SequentialFile.isRegular(trust.path) else { throw .unreadable }
        do throws(SystemError) {
            let file = try SequentialFile(opening: trust.path)
            guard let bytes = try file.readAll(limit: KeyFile.byteCountMax) else { return [] }
            return bytes
        } catch { throw .system(error) }
    }
}

extension OutsideKeys.Fault {
    /// What is wrong and what to do.
    var text: String {
        switch self {
        case .system(let error): "\(error)"
        case .unreadable: "there is no file of that name"
        case .keys(let fault): fault.text
        }
    }
}
