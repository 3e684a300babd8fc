internal import COpenSSL

/// Issues certificates: a CA's certificate and its key. Whoever has the key can be any member and
/// any client.
package struct CertificateAuthority: Hashable, Sendable {
    /// The certificate and the key, as they are kept.
    package let pair: KeyPair
    /// What the certificate says.
    package let certificate: Certificate

    /// An authority that is there already.
    package init(certificate: [UInt8], key: [UInt8]) throws(CertificateFault) {
        pair = try KeyPair(checking: certificate, key: key)
        self.certificate = try Certificate(pem: certificate)
        guard self.certificate.isAuthority else { throw .notAnAuthority }
    }

    /// A new one, which signs itself.
    ///
    /// - Parameter cluster: one label; the certificate's organization.
    package init(
        founding cluster: String,
        key kind: KeyKind = .p256,
        validity: Validity
    ) throws(CertificateFault) {
        let key = try CertificateKey(making: kind)
        let terms = try CertificateTerms.authority(cluster: cluster)
        let draft = try LoadedCertificate.blank()
        try draft.write(terms, for: key, validity: validity)
        try draft.sign(as: terms, by: draft, key: key)
        try self.init(certificate: draft.pem(), key: key.pem())
    }

    /// The name of the cluster that it was founded for, if it was founded by Roost.
    package var cluster: String? {
        guard let bytes = certificate.subject.organization else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return (try? CertificateTerms.authority(cluster: text)) == nil ? nil : text
    }

    /// Makes a key and a certificate for it, which ends with the authority's at the latest.
    package func issue(
        _ terms: CertificateTerms,
        key kind: KeyKind = .p256,
        validity: Validity
    ) throws(CertificateFault) -> KeyPair {
        let authorityKey = try CertificateKey(pem: pair.key)
        let issuer = try LoadedCertificate(pem: pair.certificate)
        let key = try CertificateKey(making: kind)
        let draft = try LoadedCertificate.blank()
        try draft.write(terms, for: key, validity: validity.clipped(to: certificate.validity))
        try draft.sign(as: terms, by: issuer, key: authorityKey)
        return KeyPair(certificate: try draft.pem(), key: try key.pem())
    }
}
