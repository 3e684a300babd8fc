/// What a certificate is to say.
package struct CertificateTerms: Hashable, Sendable {
    /// Who may do what with it.
    package enum Role: Hashable, Sendable {
        /// It issues others, and those none.
        case authority
        /// A member: server and client.
        case member
        /// A client, and never a server.
        case client
    }

    package let role: Role
    /// At most 64 bytes (RFC 5280, appendix A.1).
    package let commonName: [UInt8]?
    package let organization: [UInt8]?
    package let alternativeNames: [AlternativeName]

    /// The zone of all clusters' names; it is nobody's on the internet, and never looked up.
    package static let zone = "roost"
    private static let commonNameByteCountMax = 64

    private init(
        role: Role,
        commonName: [UInt8]?,
        organization: [UInt8]?,
        alternativeNames: [AlternativeName] = []
    ) {
        self.role = role
        self.commonName = commonName
        self.organization = organization
        self.alternativeNames = alternativeNames
    }

    /// Those of an authority for that cluster: the organization is the cluster's name.
    ///
    /// - Parameter cluster: one label, such as `roost` or `prod-1`.
    package static func authority(cluster: String) throws(CertificateFault) -> CertificateTerms {
        let cluster = try label(cluster, of: "a cluster's name")
        return CertificateTerms(
            role: .authority,
            commonName: Array("Roost CA of \(cluster)".utf8.prefix(commonNameByteCountMax)),
            organization: Array(cluster.utf8)
        )
    }

    /// The name by which other members know a member: `n1.CLUSTER.roost`.
    package static func memberName(
        _ name: String,
        cluster: String
    ) throws(CertificateFault) -> DomainName {
        let name = try label(name, of: "a member's name in a certificate")
        return try DomainName("\(name).\(label(cluster, of: "a cluster's name")).\(zone)")
    }

    /// Those of a member: its name in the cluster, then the hosts under which it is reached.
    ///
    /// - Parameter hosts: DNS names and addresses; the names of other members are refused.
    package static func member(
        _ name: String,
        cluster: String,
        hosts: [String]
    ) throws(CertificateFault) -> CertificateTerms {
        let name = try memberName(name, cluster: cluster)
        var names: [AlternativeName] = [.dns(name.bytes)]
        for host in hosts {
            let other = try AlternativeName(host: host)
            guard other == names[0] || !other.isInZoneOfMembers else {
                throw .unfitName(
                    host,
                    reason: "is in the zone of the members' names; "
                        + "a certificate carries that of one member only"
                )
            }
            if !names.contains(other) { names.append(other) }
        }
        return CertificateTerms(
            role: .member,
            commonName: name.bytes.count <= commonNameByteCountMax ? name.bytes : nil,
            organization: Array(cluster.lowercased().utf8),
            alternativeNames: names
        )
    }

    /// Those of a client: nothing but its name.
    ///
    /// - Parameter name: 1 to 64 bytes of UTF-8 without control characters; not the name of a
    ///   member.
    package static func client(
        _ name: String,
        cluster: String
    ) throws(CertificateFault) -> CertificateTerms {
        let bytes = Array(name.utf8)
        guard (1...commonNameByteCountMax).contains(bytes.count) else {
            throw .unfitName(name, reason: "is no client's name: those have 1 to 64 bytes")
        }
        guard !name.unicodeScalars.contains(where: isControl) else {
            throw .unfitName(name, reason: "is no client's name: it has a control character")
        }
        guard !AlternativeName.dns(Array(name.lowercased().utf8)).isInZoneOfMembers else {
            throw .unfitName(name, reason: "is in the zone of the members' names; take another")
        }
        return CertificateTerms(
            role: .client,
            commonName: bytes,
            organization: Array(try label(cluster, of: "a cluster's name").utf8)
        )
    }

    /// Those that a certificate was issued with, to issue it once more.
    package init(of certificate: Certificate) throws(CertificateFault) {
        let isServer = certificate.uses.contains(.server)
        guard !certificate.isAuthority else { throw .refused("renew an authority", reasons: []) }
        self.init(
            role: isServer ? .member : .client,
            commonName: certificate.subject.commonName,
            organization: certificate.subject.organization,
            alternativeNames: certificate.alternativeNames
        )
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control
            || scalar.properties.generalCategory == .format
            || scalar.properties.generalCategory == .lineSeparator
            || scalar.properties.generalCategory == .paragraphSeparator
    }

    private static func label(
        _ text: String,
        of what: String
    ) throws(CertificateFault) -> String {
        guard let name = try? DomainName(text), !name.text.contains("."), !text.hasSuffix(".")
        else {
            throw .unfitName(
                text,
                reason: "is not \(what): that has 1 to 63 letters, digits, - and _, "
                    + "and is not a number"
            )
        }
        return name.text
    }
}
