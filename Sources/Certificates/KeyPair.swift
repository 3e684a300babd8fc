/// A private key and the certificate that goes with it, both PEM.
package struct KeyPair: Hashable, Sendable {
    package let certificate: [UInt8]
    /// PKCS 8, not encrypted.
    package let key: [UInt8]

    init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }

    /// - Throws: if either is malformed, or the key is not the certificate's.
    package init(checking certificate: [UInt8], key: [UInt8]) throws(CertificateFault) {
        let loaded = try LoadedCertificate(pem: certificate)
        let loadedKey = try CertificateKey(pem: key)
        guard loaded.isFor(loadedKey) else { throw .keyMismatch }
        self.init(certificate: certificate, key: key)
    }
}
