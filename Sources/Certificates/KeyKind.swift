/// Which kind of key a certificate is for.
package enum KeyKind: Hashable, Sendable {
    /// ECDSA on NIST P-256.
    case p256
    case ed25519
    /// RSA with 3072 bits.
    case rsa3072
    /// Some other kind, as OpenSSL calls it; it is read and used, never made.
    case other(String)

    /// As a command line names it.
    package var name: String {
        switch self {
        case .p256: "p256"
        case .ed25519: "ed25519"
        case .rsa3072: "rsa3072"
        case .other(let name): name
        }
    }

    /// Those that are made.
    package static let made: [KeyKind] = [.p256, .ed25519, .rsa3072]

    /// The kind of that name among those that are made.
    package init?(name: String) {
        guard let kind = Self.made.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}
