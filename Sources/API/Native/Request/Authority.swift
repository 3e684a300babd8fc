internal import Wire

/// `HOST[:PORT]`, as `Host`, targets and origins have it (RFC 3986, 3.2).
struct Authority: Equatable {
    /// In lower case, without the dot that makes a name absolute; IPv6 in its brackets.
    let host: [UInt8]
    /// As written; nil when there is none.
    let port: [UInt8]?

    init(_ text: ArraySlice<UInt8>) {
        var end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        if text.first == UInt8(ascii: "["), let bracket = text.firstIndex(of: UInt8(ascii: "]")) {
            end = bracket + 1
        }
        let name = text[..<end]
        host = (name.last == UInt8(ascii: ".") ? name.dropLast() : name).map(\.lowercased)
        let digits = text[end...].dropFirst()
        port = digits.isEmpty ? nil : Array(digits)
    }

    /// Whether the host is an IP address, as a browser reads it: no name that an attacker owns ends
    /// in a number (URL Standard, 3.5).
    var isAddress: Bool {
        if host.first == UInt8(ascii: "[") {
            return host.last == UInt8(ascii: "]") && host.contains(UInt8(ascii: ":"))
        }
        let last = host.split(separator: UInt8(ascii: ".")).last ?? []
        return !last.isEmpty && last.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}
