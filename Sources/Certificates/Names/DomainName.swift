/// A name of the DNS as Roost puts it into certificates: lower case, labels of letters, digits,
/// `-` and `_` (RFC 1035, 2.3.1, and what machines are called besides).
package struct DomainName: Hashable, Sendable {
    /// Without a dot at the end.
    package let text: String

    var bytes: [UInt8] { Array(text.utf8) }

    /// - Parameter text: in either case, with or without a dot at the end.
    package init(_ text: String) throws(CertificateFault) {
        let name = (text.hasSuffix(".") ? String(text.dropLast()) : text).lowercased()
        func refuse(_ reason: String) -> CertificateFault { .unfitName(text, reason: reason) }
        guard !name.contains(":") else {
            throw refuse("is no host name: give the host alone, without a port or a scheme")
        }
        guard (1...253).contains(name.utf8.count) else {
            throw refuse("is no host name: those have 1 to 253 bytes")
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.allSatisfy(Self.isLabel) else {
            throw refuse(
                "is no host name: between its dots stand 1 to 63 letters, digits, - and _"
            )
        }
        guard labels.last?.utf8.allSatisfy(Self.isDigit) != true else {
            throw refuse("is neither an address nor a host name")
        }
        self.text = name
    }

    /// The same with a label before it.
    func under(_ label: String) throws(CertificateFault) -> DomainName {
        try DomainName(label + "." + text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        let bytes = label.utf8
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"),
            bytes.last != UInt8(ascii: "-")
        else { return false }
        return bytes.allSatisfy { byte in
            isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
}
