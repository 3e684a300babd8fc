internal import TLS
internal import Transport

/// What of TLS is wanted, held together: no file has been looked at.
struct TLSPlan: Hashable, Sendable {
    /// What a client listener shows and asks for.
    struct Clients: Hashable, Sendable {
        let files: TLSFiles
        let certificates: TLSContext.ClientCertificates
        let user: CertificateUser
    }

    /// What members show each other.
    struct Peers: Hashable, Sendable {
        /// Who named the files.
        enum Origin: Hashable, Sendable {
            case own
            /// They are those of the clients' listeners.
            case clients
        }

        let files: TLSFiles
        let origin: Origin
        /// Nil means `*.CLUSTER.roost`, with the cluster that the own certificate names.
        let pattern: MemberNamePattern?
    }

    let clients: Clients?
    let peers: Peers?
    let isInsecure: Bool

    init(_ options: TLSOptions) throws(ConfigurationError) {
        clients = try Self.clients(options)
        peers = try Self.peers(options)
        isInsecure = options.isInsecure
    }

    private static func clients(_ options: TLSOptions) throws(ConfigurationError) -> Clients? {
        let written = options.clients
        guard let files = try files(written, prefix: "--tls") else {
            if options.clientCertificate != nil {
                throw ConfigurationError("--client-cert", reason: "needs --tls-cert")
            }
            return nil
        }
        let certificates: TLSContext.ClientCertificates
        switch options.clientCertificate {
        case nil: certificates = .ignored
        case "optional": certificates = .optional
        case "required": certificates = .required
        case let other?:
            let reason = "\"\(other)\" is neither optional nor required"
            throw ConfigurationError("--client-cert", reason: reason)
        }
        guard certificates == .ignored || files.authorities != nil else {
            let reason = "needs --tls-ca, whose certificates count"
            throw ConfigurationError("--client-cert", reason: reason)
        }
        guard let user = CertificateUser(rawValue: options.certificateUser) else {
            let reason = "\"\(options.certificateUser)\" is none of cn, uri and dns"
            throw ConfigurationError("--cert-user", reason: reason)
        }
        return Clients(files: files, certificates: certificates, user: user)
    }

    private static func peers(_ options: TLSOptions) throws(ConfigurationError) -> Peers? {
        var written = options.peers
        let origin: Peers.Origin = written == TLSOptions.Files() ? .clients : .own
        if written.authorities == nil {
            written.authorities = options.clients.authorities
            // Lists are those of the authorities.
            written.revocations = written.revocations ?? options.clients.revocations
        }
        if written.certificate == nil, written.key == nil {
            written.certificate = options.clients.certificate
            written.key = options.clients.key
        }
        if origin == .clients, written.certificate == nil || written.authorities == nil {
            guard options.peerName == nil else {
                throw ConfigurationError("--peer-name", reason: "needs --peer-tls-cert")
            }
            return nil
        }
        guard let files = try files(written, prefix: "--peer-tls") else { return nil }
        guard files.authorities != nil else {
            let reason = "needs --peer-tls-ca: members look at each other's certificates"
            throw ConfigurationError("--peer-tls-cert", reason: reason)
        }
        guard let text = options.peerName else {
            return Peers(files: files, origin: origin, pattern: nil)
        }
        guard let pattern = MemberNamePattern(parsing: text) else {
            let reason = "\"\(text)\" is no host name with at most one * for the member's name"
            throw ConfigurationError("--peer-name", reason: reason)
        }
        return Peers(files: files, origin: origin, pattern: pattern)
    }

    /// Nil where none is named.
    private static func files(
        _ written: TLSOptions.Files,
        prefix: String
    ) throws(ConfigurationError) -> TLSFiles? {
        func file(_ name: String, path: String?) throws(ConfigurationError) -> TLSFiles.File? {
            guard let path else { return nil }
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw ConfigurationError("\(prefix)-\(name)", reason: "is no path of a file")
            }
            return TLSFiles.File(flag: "\(prefix)-\(name)", path: path)
        }
        let others = try [
            file("ca", path: written.authorities), file("crl", path: written.revocations),
        ]
        let certificate = try file("cert", path: written.certificate)
        let key = try file("key", path: written.key)
        guard let certificate, let key else {
            if let one = certificate {
                throw ConfigurationError(one.flag, reason: "needs \(prefix)-key")
            }
            if let one = key ?? others[0] ?? others[1] {
                throw ConfigurationError(one.flag, reason: "needs \(prefix)-cert")
            }
            return nil
        }
        if let list = others[1], others[0] == nil {
            throw ConfigurationError(list.flag, reason: "needs \(prefix)-ca, whose list it is")
        }
        return TLSFiles(
            certificate: certificate,
            key: key,
            authorities: others[0],
            revocations: others[1]
        )
    }
}
