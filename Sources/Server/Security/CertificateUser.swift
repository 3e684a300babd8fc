internal import TLS

/// Which name of a client's certificate says who the client is.
enum CertificateUser: String, Hashable, Sendable {
    case commonName = "cn"
    /// The first URI of the further names.
    case locator = "uri"
    /// The first host of the further names.
    case host = "dns"

    /// The name, if the certificate has it.
    func name(in certificate: CertificateFacts) -> [UInt8]? {
        switch self {
        case .commonName: certificate.commonName
        case .locator: certificate.locators.first
        case .host: certificate.hosts.first
        }
    }
}
