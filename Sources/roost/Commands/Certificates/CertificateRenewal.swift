internal import Certificates

/// How certificates are renewed.
struct CertificateRenewal {
    let issue: CertificateIssue
    /// Serial numbers.
    let revoked: [[UInt8]]
    /// Nil for as long as the old one held.
    let days: Int?
    let now: Int64

    /// The most certificates of before that are kept with the last one: those of so many renewals
    /// within one certificate's time.
    private static let supersededCountMax = 48

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

    /// What renewals left beside the certificate of that name, the newest first.
    static func superseded(
        _ name: String,
        in directory: borrowing CertificateDirectory
    ) throws(Failure) -> [(certificate: Certificate, pem: [UInt8])] {
        guard let bytes = try directory.contentIfAny(of: "\(name).crt.old") else { return [] }
        return try certificates(of: bytes, path: directory.path(of: "\(name).crt.old"))
    }

    /// Each certificate of PEM bytes, as it was read and as it is; at least one.
    static func certificates(
        of bytes: [UInt8],
        path: String
    ) throws(Failure) -> [(certificate: Certificate, pem: [UInt8])] {
        do throws(CertificateFault) {
            let certificates = try Certificate.all(pem: bytes)
            let blocks = PEMText.blocks(bytes, label: "CERTIFICATE")
            guard blocks.count == certificates.count else { throw .nothing("certificate") }
            return Array(zip(certificates, blocks))
        } catch { throw .local("\(path) is no certificate: \(error.text)") }
    }

    /// What stays beside as `.old`: the key, and the certificate with those before it that somebody
    /// may still use, so that all of them can be revoked.
    private func old(
        _ name: String,
        pem: [UInt8],
        in directory: borrowing CertificateDirectory
    ) throws(Failure) -> [CertificateDirectory.Item] {
        let earlier = try Self.superseded(name, in: directory).filter {
            $0.certificate.validity.until > now && !revoked.contains($0.certificate.serial)
        }
        let kept = earlier.prefix(Self.supersededCountMax).flatMap(\.pem)
        var items = [CertificateDirectory.Item.open("\(name).crt", bytes: pem + kept)]
        if let key = try directory.contentIfAny(of: "\(name).key") {
            items.insert(.secret("\(name).key", bytes: key), at: 0)
        }
        return items
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
        try directory.replace(
            CertificateDirectory.Item.pair(pair, named: name),
            keeping: try self.old(name, pem: pem, in: directory)
        )
        let until =
            validity.until < issue.authority.certificate.validity.until
            ? validity.until : issue.authority.certificate.validity.until
        try console.confirm("\(path): until \(CertificateReport.day(until))")
    }
}
