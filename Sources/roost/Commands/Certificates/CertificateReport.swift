internal import Bytes
internal import Certificates
internal import Wire

/// What `roost certs show` says of one certificate.
struct CertificateReport {
    let file: String
    let certificate: Certificate
    /// In seconds since 1970.
    let now: Int64

    /// A time of a certificate, `2027-11-29T21:30:00Z`.
    static func time(_ seconds: Int64) -> String {
        var text: [UInt8] = []
        text.append(unixMilliseconds: UInt64(clamping: seconds) &* 1000)
        // A certificate's times have no parts of a second.
        return String(decoding: text.dropLast(5), as: UTF8.self) + "Z"
    }

    static func day(_ seconds: Int64) -> String { String(time(seconds).prefix(10)) }

    /// Its alternative names, else its CN.
    static func names(of certificate: Certificate) -> String {
        guard certificate.alternativeNames.isEmpty else {
            return certificate.alternativeNames.map(\.text).joined(separator: ", ")
        }
        return "CN=" + PrintableText.of(certificate.subject.commonName ?? [])
    }

    private var hexadecimalFingerprint: String {
        String(decoding: Hexadecimal.encode(certificate.fingerprint), as: UTF8.self)
    }

    private var uses: [String] {
        var uses: [String] = []
        if certificate.isAuthority { uses.append("authority") }
        if certificate.uses.contains(.server), !certificate.isAuthority { uses.append("server") }
        if certificate.uses.contains(.client), !certificate.isAuthority { uses.append("client") }
        return uses
    }

    /// What of its time is left, in words.
    private var standing: String {
        let left = certificate.validity.until.subtractingReportingOverflow(now).partialValue
        if now < certificate.validity.from { return "not yet" }
        if left < 0 { return "ended" }
        return left < 2 * 86_400 ? "\(left / 3600) hours left" : "\(left / 86_400) days left"
    }

    var table: Table {
        var table = Table(titles: [])
        table.append(["file", file])
        table.append(["subject", certificate.subject.text])
        table.append(["issuer", certificate.issuer.text])
        if !certificate.alternativeNames.isEmpty {
            table.append(["names", Self.names(of: certificate)])
        }
        table.append(["use", uses.joined(separator: ", ")])
        table.append(["key", certificate.keyKind.name])
        table.append(["from", Self.time(certificate.validity.from)])
        table.append(["until", Self.time(certificate.validity.until) + " (\(standing))"])
        table.append([
            "serial", String(decoding: Hexadecimal.encode(certificate.serial), as: UTF8.self),
        ])
        table.append(["sha256", hexadecimalFingerprint])
        return table
    }

    func append(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("file", string: Array(file.utf8))
        writer.member("subject", string: Array(certificate.subject.text.utf8))
        writer.member("issuer", string: Array(certificate.issuer.text.utf8))
        writer.name("names")
        writer.beginArray()
        for name in certificate.alternativeNames { writer.string(Array(name.text.utf8)) }
        writer.endArray()
        writer.name("use")
        writer.beginArray()
        for use in uses { writer.string(Array(use.utf8)) }
        writer.endArray()
        writer.member("key", string: Array(certificate.keyKind.name.utf8))
        writer.member("from", string: Array(Self.time(certificate.validity.from).utf8))
        writer.member("until", string: Array(Self.time(certificate.validity.until).utf8))
        writer.member("seconds_left", number: UInt64(clamping: certificate.validity.until &- now))
        writer.member("serial", string: Hexadecimal.encode(certificate.serial))
        writer.member("sha256", string: Array(hexadecimalFingerprint.utf8))
        writer.endObject()
    }
}
