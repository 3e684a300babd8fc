/// What an operator may say of TLS, as it was written.
package struct TLSOptions: Hashable, Sendable {
    /// Paths of PEM files, for connections of one kind.
    package struct Files: Hashable, Sendable {
        package var certificate: String?
        package var key: String?
        package var authorities: String?
        package var revocations: String?
    }

    package var clients = Files()
    /// Nil paths mean those of the clients.
    package var peers = Files()
    /// `optional` or `required`; nil means that clients are not asked.
    package var clientCertificate: String?
    /// Which name of a client's certificate is the user's: `cn`, `uri` or `dns`.
    package var certificateUser = CertificateUser.commonName.rawValue
    /// The DNS name of members' certificates, `*` for the member's name; nil means
    /// `*.CLUSTER.roost`.
    package var peerName: String?
    /// Whether listeners that other machines reach may do without TLS.
    package var isInsecure = false

    package init() {}

    static let names = [
        "tls-cert", "tls-key", "tls-ca", "tls-crl", "client-cert", "cert-user", "peer-tls-cert",
        "peer-tls-key", "peer-tls-ca", "peer-tls-crl", "peer-name", "insecure",
    ]

    /// Takes one of the `names`.
    mutating func set(_ name: String, value: String) throws(ConfigurationError) {
        switch name {
        case "client-cert": clientCertificate = value
        case "cert-user": certificateUser = value
        case "peer-name": peerName = value
        case "insecure":
            guard let truth = Bool(value) else {
                throw ConfigurationError("--insecure", reason: "\"\(value)\" is not true or false")
            }
            isInsecure = truth
        default:
            if let place = Self.place(of: name) { self[keyPath: place] = value }
        }
    }

    /// As it may be written; nil where nothing was said.
    func text(of name: String) -> String? {
        switch name {
        case "client-cert": clientCertificate
        case "cert-user": certificateUser
        case "peer-name": peerName
        case "insecure": "\(isInsecure)"
        default: Self.place(of: name).flatMap { self[keyPath: $0] }
        }
    }

    /// Where the path that a name is for is kept.
    private static func place(of name: String) -> WritableKeyPath<TLSOptions, String?>? {
        switch name {
        case "tls-cert": \.clients.certificate
        case "tls-key": \.clients.key
        case "tls-ca": \.clients.authorities
        case "tls-crl": \.clients.revocations
        case "peer-tls-cert": \.peers.certificate
        case "peer-tls-key": \.peers.key
        case "peer-tls-ca": \.peers.authorities
        case "peer-tls-crl": \.peers.revocations
        default: nil
        }
    }
}
