internal import Bytes

/// As whom the service is asked.
public struct ServiceCredentials: Sendable {
    let authorization: Authorization?

    /// Nobody in particular.
    public static let anonymous = ServiceCredentials(authorization: nil)

    /// What the environment says: `ROOST_TOKEN`, or `ROOST_USER` with `ROOST_PASSWORD`.
    public static var environment: ServiceCredentials {
        ServiceCredentials(authorization: .ofThisProcess)
    }

    /// A token, of a login or of an outside issuer.
    public static func token(_ token: String) throws(RoostError) -> ServiceCredentials {
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidArgument("a token is printable ASCII without blanks")
        }
        return ServiceCredentials(authorization: .token(Array(token.utf8)))
    }

    /// A user's name with its password.
    public static func user(_ name: String, password: String) -> ServiceCredentials {
        ServiceCredentials(
            authorization: .password(Array(password.utf8), of: Array(name.utf8))
        )
    }
}

/// Who is believed, and what is shown, at `https://` endpoints: paths of PEM files.
public struct TransportTrust: Hashable, Sendable {
    /// Authorities to believe; nil for those of the system.
    public var authorities: String?
    /// The certificate to show, and its private key; both or neither.
    public var certificate: String?
    /// The private key of `certificate`.
    public var key: String?
    /// The name that certificates are to be for; nil for each endpoint's host.
    public var serverName: String?

    /// Believes the system's authorities, and shows nothing.
    public init() {}

    func security() throws(RoostError) -> ClientSecurity {
        var files = ClientFiles()
        files.authorities = authorities
        files.certificate = certificate
        files.key = key
        files.serverName = serverName
        guard (certificate == nil) == (key == nil) else {
            throw .invalidArgument("a certificate and its key belong together: give both")
        }
        if files.areUnsaid { return .standard }
        do throws(ClientFilesError) { return try ClientSecurity(files) } catch {
            throw .invalidArgument(error.description)
        }
    }
}
