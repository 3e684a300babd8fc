internal import Wire

/// Where an instance is reached: an address or a name of DNS, checked so that it means the same to
/// whoever reads it in a line of a configuration.
struct InstanceAddress: Hashable {
    enum Kind: Hashable {
        case ipv4
        case ipv6
        case name
    }

    let bytes: [UInt8]
    let kind: Kind

    /// Nil for what is none.
    init?(_ bytes: [UInt8]) {
        if bytes.contains(UInt8(ascii: ":")) {
            guard Self.isIPv6(bytes[...]) else { return nil }
            kind = .ipv6
        } else if Self.endsInNumber(bytes) {
            guard Self.isIPv4(bytes[...]) else { return nil }
            kind = .ipv4
        } else {
            guard Self.isName(bytes) else { return nil }
            kind = .name
        }
        self.bytes = bytes
    }

    /// `HOST:PORT`, an IPv6 address in brackets.
    func appendEndpoint(port: UInt16, to text: inout [UInt8]) {
        if kind == .ipv6 { text.append(UInt8(ascii: "[")) }
        text.append(contentsOf: bytes)
        if kind == .ipv6 { text.append(UInt8(ascii: "]")) }
        text.append(UInt8(ascii: ":"))
        text.append(decimal: UInt64(port))
    }

    // MARK: - Forms

    /// What ends in a number is read as an address by resolvers and browsers (URL Standard, 3.5).
    private static func endsInNumber(_ bytes: [UInt8]) -> Bool {
        let last = bytes.split(separator: UInt8(ascii: ".")).last ?? []
        return !last.isEmpty && last.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Four numbers up to 255 without leading zeros, which some read as octal.
    private static func isIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.count), let value = part.decimalValue else {
                    return false
                }
                return value <= 255 && (part.count == 1 || part.first != UInt8(ascii: "0"))
            }
    }

    /// RFC 4291, 2.2: eight groups of up to four digits, once `::` for any number of zeros, and the
    /// last two groups as IPv4 if need be.
    private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
        let colon = UInt8(ascii: ":")
        var halves: [ArraySlice<UInt8>] = [bytes]
        if let place = bytes.indices.dropLast().first(where: {
            bytes[$0] == colon && bytes[$0 + 1] == colon
        }) {
            halves = [bytes[..<place], bytes[(place + 2)...]]
        }
        var groupCount = 0
        for (number, half) in halves.enumerated() where !half.isEmpty {
            let groups = half.split(separator: colon, omittingEmptySubsequences: false)
            for (place, group) in groups.enumerated() {
                let isLast = number == halves.count - 1 && place == groups.count - 1
                if isLast, group.contains(UInt8(ascii: ".")) {
                    guard isIPv4(group) else { return false }
                    groupCount += 2
                } else {
                    guard (1...4).contains(group.count), group.allSatisfy(\.isHexadecimal) else {
                        return false
                    }
                    groupCount += 1
                }
            }
        }
        return halves.count == 2 ? groupCount <= 7 : groupCount == 8
    }

    /// Labels of letters, digits, `-` and `_`, none of which begins or ends with `-` (RFC 1123, 2.1,
    /// and the underscores that are in use).
    private static func isName(_ bytes: [UInt8]) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...253).contains(bytes.count)
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
                    && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { $0.isPlain && $0 != UInt8(ascii: ":") }
            }
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
