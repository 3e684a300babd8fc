internal import COpenSSL

/// One name of a certificate's subjectAltName (RFC 5280, 4.2.1.6).
package enum AlternativeName: Hashable, Sendable {
    /// A DNS name; as read, its bytes may be anything.
    case dns([UInt8])
    /// Four bytes of IPv4 or sixteen of IPv6; as read, any number.
    case address([UInt8])
    case uri([UInt8])
    /// Another kind, by its tag; its content is not kept.
    case other(Int32)

    /// A host as people write it: an address of either kind, or a DNS name, which may begin with
    /// `*.`; no port, no scheme.
    package init(host: String) throws(CertificateFault) {
        if let address = Self.address(host) {
            self = .address(address)
            return
        }
        let isWild = host.hasPrefix("*.")
        let name = try DomainName(isWild ? String(host.dropFirst(2)) : host)
        self = .dns((isWild ? Array("*.".utf8) : []) + name.bytes)
    }

    /// In words, safe to show: `DNS:n1.example`, `IP:10.0.0.1`.
    package var text: String {
        switch self {
        case .dns(let name): "DNS:" + PrintableText.of(name)
        case .address(let bytes): "IP:" + AddressText.of(bytes)
        case .uri(let name): "URI:" + PrintableText.of(name)
        case .other(let tag): "other:\(tag)"
        }
    }

    /// Whether a member of some cluster may be called so: it ends in `.roost`.
    var isInZoneOfMembers: Bool {
        guard case .dns(let name) = self else { return false }
        let zone = Array(".\(CertificateTerms.zone)".utf8)
        let bare = name.last == UInt8(ascii: ".") ? name.dropLast() : name[...]
        return bare.suffix(zone.count).elementsEqual(zone)
    }

    private static func address(_ host: String) -> [UInt8]? {
        let bytes = Array(host.utf8)
        let isIPv6 = bytes.contains(UInt8(ascii: ":"))
        let digits = isIPv6 ? "0123456789abcdefABCDEF:." : "0123456789."
        guard (2...45).contains(bytes.count), bytes.allSatisfy(digits.utf8.contains) else {
            return nil
        }
        defer { ErrorQueue.clear() }
        guard let text = unsafe a2i_IPADDRESS(host) else { return nil }
        defer { unsafe ASN1_STRING_free(text) }
        return unsafe LoadedText.bytes(text)
    }
}

/// Addresses of certificates as people write them.
enum AddressText {
    /// Four bytes with dots, sixteen as eight groups with the longest run of zeros left out
    /// (RFC 5952), others in hexadecimal.
    static func of(_ bytes: [UInt8]) -> String {
        switch bytes.count {
        case 4: bytes.map { String($0) }.joined(separator: ".")
        case 16:
            groups(stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) })
        default: bytes.map { String($0, radix: 16) }.joined(separator: ":")
        }
    }

    private static func groups(_ groups: [Int]) -> String {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > best.count, end - start > 1 { best = start..<end }
            start = max(end, start + 1)
        }
        let texts = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return texts.joined(separator: ":") }
        return texts[..<best.lowerBound].joined(separator: ":") + "::"
            + texts[best.upperBound...].joined(separator: ":")
    }
}
