internal import Certificates

/// How certificates are renewed.
struct CertificateRenewal {
    let issue: CertificateIssue
    /// Serial numbers.
    let revoked: [[UInt8]]
    /// Nil for as long as the old one held.
    let days: Int?
    let now: Int64

    /// A certificate of the directory, as it was read and as it is.
    static func certificate(
        _ name: String,
        in directory: borrowing CertificateDirectory
    ) throws(Failure) -> (Certificate, pem: [UInt8]) {
        let path = directory.path(of: "\(name).crt")
        guard let pem = try directory.contentIfAny(of: "\(name).crt") else {
            throw .local("there is no \(path); 'roost certs issue' makes one")
        }
        do throws(CertificateFault) { return (try Certificate(pem: pem), pem) } catch {
            throw .local("\(path) is no certificate: \(error.text)")
        }
    }

    /// Whether it is one of the authority's that ends before that time.
    func wants(
        _ name: String,
        in directory: borrowing CertificateDirectory,
        before deadline: Int64
    ) throws(Failure) -> Bool {
        let (certificate, pem) = try Self.certificate(name, in: directory)
        return certificate.validity.until < deadline && !certificate.isAuthority
            && !revoked.contains(certificate.serial) && issue.issued(certificate, pem: pem)
    }

    /// Replaces the certificate and the key of that name.
    func renew(
        _ name: String,
        in directory: borrowing CertificateDirectory,
        on console: Console
    ) throws(Failure) {
        let (old, pem) = try Self.certificate(name, in: directory)
        let path = directory.path(of: "\(name).crt")
        guard issue.issued(old, pem: pem) else {
            throw .local("\(path) is not of this authority; let the one that issued it renew it")
        }
        guard !revoked.contains(old.serial) else {
            throw .local("\(path) is revoked; issue another one under a new name")
        }
        let terms = try CertsCommand.made { () throws(CertificateFault) in
            try CertificateTerms(of: old)
        }
        let length = old.validity.until - old.validity.from
        let validity = Validity(days: days ?? Int(max(1, length / 86_400)), now: now)
        let kind = KeyKind.made.contains(old.keyKind) ? old.keyKind : .p256
        let pair = try issue.pair(terms, key: kind, validity: validity)
        try directory.replace(CertificateDirectory.Item.pair(pair, named: name), keepingOld: true)
        let until =
            validity.until < issue.authority.certificate.validity.until
            ? validity.until : issue.authority.certificate.validity.until
        try console.confirm("\(path): until \(CertificateReport.day(until))")
    }
}
