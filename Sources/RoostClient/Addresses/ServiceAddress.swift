package import Bytes
package import Platform
package import TLS

/// Where a member answers clients, and what is spoken there.
package struct ServiceAddress: Hashable, Sendable, CustomStringConvertible {
    package let place: Endpoint
    /// Nil where HTTP is spoken without TLS.
    package let security: ClientSecurity?

    package init(_ place: Endpoint, security: ClientSecurity? = nil) {
        self.place = place
        self.security = security
    }

    /// The text that parses to the same address.
    package var description: String { security == nil ? "\(place)" : "https://\(place)" }

    /// The name that the member's certificate has to be for.
    package var serverName: String {
        if let name = security?.files.serverName { return name }
        guard case .internet(let host, _) = place else { return "localhost" }
        return host
    }

    /// The members that it stands for, in the order in which they are to be asked; itself, unless it
    /// names a service.
    package func members(until deadline: MonotonicTime) throws(LinkError) -> [ServiceAddress] {
        guard place.isService else { return [self] }
        return try Resolution.members(of: place, until: deadline).map {
            ServiceAddress($0, security: security)
        }
    }

    /// What TLS is spoken with there; nil where it is not.
    package func context() throws(TLSMaterialFault) -> TLSContext? {
        guard let security else { return nil }
        return try TLSContext(
            .caller(security.files.verification),
            material: security.material
        )
    }
}
