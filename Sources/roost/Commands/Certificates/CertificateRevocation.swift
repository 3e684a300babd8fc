internal import Bytes
internal import Certificates
internal import Platform

/// Which certificates are to hold no more, gathered before any list is written.
struct CertificateRevocation {
    /// The longest serial number, in bytes (RFC 5280, 4.1.2.2).
    private static let serialByteCountMax = 20

    let issue: CertificateIssue
    /// Serial numbers, each once, and what is told of each.
    private(set) var findings: [(serial: [UInt8], words: String)] = []

    init(issue: CertificateIssue) { self.issue = issue }

    var serials: [[UInt8]] { findings.map(\.serial) }

    /// The certificate of that name, and those that renewals left beside it.
    mutating func add(
        name: String,
        in directory: borrowing CertificateDirectory
    ) throws(Failure) {
        let (certificate, pem) = try CertificateRenewal.certificate(name, in: directory)
        let path = directory.path(of: "\(name).crt")
        guard issue.issued(certificate, pem: pem) else { throw Self.stranger(path) }
        add(certificate.serial, words: path)
        for earlier in try CertificateRenewal.superseded(name, in: directory)
        where issue.issued(earlier.certificate, pem: earlier.pem) {
            add(earlier.certificate.serial, words: "\(path).old")
        }
    }

    /// Each certificate of a file, all of which have to be of the authority.
    mutating func add(file path: String) throws(Failure) {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: path).readAll(limit: 1 << 20)
        } catch { throw .local("cannot read \(path): \(error)") }
        guard let bytes else { throw .local("\(path) is longer than 1 MiB; it is no certificate") }
        let found = try CertificateRenewal.certificates(of: bytes, path: path)
        for (certificate, pem) in found {
            guard issue.issued(certificate, pem: pem), !certificate.isAuthority else {
                throw Self.stranger(path)
            }
            add(certificate.serial, words: path)
        }
    }

    /// A serial number as `certs show` tells it: nobody looks whether there is such a certificate.
    mutating func add(serial text: String) throws(Failure) {
        let digits = text.utf8.filter { $0 != UInt8(ascii: ":") }.map(Hexadecimal.digit)
        let known = digits.compactMap(\.self)
        guard known.count == digits.count, (1...2 * Self.serialByteCountMax).contains(known.count)
        else {
            throw .usage(
                "--serial \(text) is no serial number",
                hint: "write up to \(2 * Self.serialByteCountMax) hexadecimal digits, as "
                    + "'roost certs show FILE' tells them"
            )
        }
        let even = known.count % 2 == 0 ? known : [0] + known
        let bytes = stride(from: 0, to: even.count, by: 2).map { even[$0] << 4 | even[$0 + 1] }
        let serial = Array(bytes.drop { $0 == 0 })
        guard !serial.isEmpty, serial != issue.authority.certificate.serial else {
            throw .usage(
                "--serial \(text) is that of no certificate that can be revoked",
                hint: "an authority is replaced by another one (Docs/security.md)"
            )
        }
        add(serial, words: "--serial")
    }

    private mutating func add(_ serial: [UInt8], words: String) {
        guard !serials.contains(serial) else { return }
        findings.append((serial, words))
    }

    private static func stranger(_ path: String) -> Failure {
        .local("\(path) is not of this authority; only who issued it can revoke it")
    }
}
