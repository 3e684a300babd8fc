internal import Certificates
internal import Platform

/// Makes certificates and looks at each as a peer would before it goes anywhere.
struct CertificateIssue {
    let authority: CertificateAuthority

    /// - Throws: also if a peer would not accept what was made now.
    func pair(
        _ terms: CertificateTerms,
        key kind: KeyKind,
        validity: Validity
    ) throws(Failure) -> KeyPair {
        let pair: KeyPair
        let complaint: String?
        do throws(CertificateFault) {
            pair = try authority.issue(terms, key: kind, validity: validity)
            complaint = try TrustCheck(authority: authority.pair.certificate).complaint(
                about: pair.certificate,
                as: terms.role == .member ? .server : .client,
                now: Clock.wallSeconds()
            )
        } catch { throw .local(error.text) }
        if let complaint {
            throw .local(
                "a peer would not accept the certificate (\(complaint)); look at the "
                    + "authority with 'roost certs show ca.crt', and at this machine's clock"
            )
        }
        return pair
    }

    /// Whether the authority issued it, whatever the time is.
    func issued(_ certificate: Certificate, pem: [UInt8]) -> Bool {
        let check = TrustCheck(authority: authority.pair.certificate)
        let complaint = try? check.complaint(
            about: pem,
            as: .client,
            now: certificate.validity.until - 1
        )
        return complaint == .some(nil)
    }
}
