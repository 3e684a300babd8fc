/// Why a certificate or a key was not made or not read.
package enum CertificateFault: Error, Hashable, Sendable {
    /// No PEM block of that kind is in the bytes.
    case nothing(String)
    /// A PEM block of that kind is not what it says.
    case malformed(String, reasons: [String])
    /// The key wants a passphrase, and nobody is there to give it.
    case encryptedKey
    case tooLong(byteCount: Int, byteCountMax: Int)
    case tooMany(countMax: Int)
    /// A name or host that no certificate of Roost carries.
    case unfitName(String, reason: String)
    /// The key is not the one that the certificate is for.
    case keyMismatch
    /// The certificate may not issue others.
    case notAnAuthority
    /// The times are in the wrong order, or beyond the year 9999.
    case unfitValidity(Validity)
    /// The issuer's certificate does not last until the asked for time begins.
    case authorityEnded(at: Int64)
    /// OpenSSL refused.
    case refused(String, reasons: [String])

    /// In words, for people.
    package var text: String {
        switch self {
        case .nothing(let kind): "there is no \(kind) in it (PEM is expected)"
        case .malformed(let kind, let reasons): "its \(kind) is malformed" + Self.list(reasons)
        case .encryptedKey: "its key is encrypted; Roost reads keys without a passphrase"
        case .tooLong(let byteCount, let byteCountMax):
            "it has \(byteCount) bytes, and at most \(byteCountMax) are read"
        case .tooMany(let countMax): "it holds more than \(countMax) certificates"
        case .unfitName(let name, let reason):
            "\"\(PrintableText.of(Array(name.utf8)))\" \(reason)"
        case .keyMismatch: "the key is not the one that the certificate is for"
        case .notAnAuthority: "the certificate may not issue others"
        case .unfitValidity: "a certificate ends after it begins, and by the year 9999"
        case .authorityEnded: "the authority's certificate has ended"
        case .refused(let task, let reasons): "OpenSSL did not \(task)" + Self.list(reasons)
        }
    }

    private static func list(_ reasons: [String]) -> String {
        reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; ")
    }
}
