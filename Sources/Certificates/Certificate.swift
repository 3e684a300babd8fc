/// What a certificate says, as it was read. Nothing of it is believed for that: names may hold any
/// bytes, and nobody has looked at the signature.
package struct Certificate: Hashable, Sendable {
    /// Whose it is, or who issued it.
    package struct Party: Hashable, Sendable {
        /// The last CN, in UTF-8 if it is in a known encoding; nil without one.
        package let commonName: [UInt8]?
        /// The last O, likewise.
        package let organization: [UInt8]?
        /// All of it as RFC 2253 writes it, safe to show.
        package let text: String
    }

    /// What it may be used for (extended key usage); a certificate without that list may be used
    /// for everything.
    package struct Uses: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// To be a TLS server.
        package static let server = Uses(rawValue: 1)
        /// To be a TLS client.
        package static let client = Uses(rawValue: 2)
    }

    package let subject: Party
    package let issuer: Party
    /// In the order of the certificate.
    package let alternativeNames: [AlternativeName]
    package let validity: Validity
    /// Big-endian, without leading zeros.
    package let serial: [UInt8]
    /// SHA-256 of the certificate's DER.
    package let fingerprint: [UInt8]
    package let keyKind: KeyKind
    /// Whether it may issue others.
    package let isAuthority: Bool
    package let uses: Uses

    /// Reads the first certificate of PEM bytes, 1 MiB at most.
    package init(pem: [UInt8]) throws(CertificateFault) {
        try self.init(LoadedCertificate(pem: pem))
    }

    /// Reads each certificate of PEM bytes, 1 MiB and 64 certificates at most; at least one.
    package static func all(pem: [UInt8]) throws(CertificateFault) -> [Certificate] {
        var certificates: [Certificate] = []
        try LoadedCertificate.each(of: pem) { (loaded) throws(CertificateFault) in
            certificates.append(try Certificate(loaded))
        }
        return certificates
    }
}
