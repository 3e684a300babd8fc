/// The schemes that web pages are loaded by, with the ports that they imply (RFC 9110, 4.2).
package enum WebScheme: String, CaseIterable, Sendable {
    case http
    case https

    /// What an origin of this scheme begins with.
    package var prefix: String { rawValue + "://" }

    /// The port where none is named.
    package var defaultPort: String {
        switch self {
        case .http: "80"
        case .https: "443"
        }
    }
}
