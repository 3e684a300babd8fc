internal import Wire

/// The origin of a page (RFC 6454, 6.2), as an operator names it: compared with what browsers write,
/// octet by octet.
enum PageOrigin {
    private static let flag = "--cors-origin"

    /// The form that browsers send: in lower case, without the port that the scheme implies.
    static func parse(_ text: String) throws(ConfigurationError) -> [UInt8] {
        guard text != "*", text != "null" else {
            throw ConfigurationError(
                flag,
                reason:
                    "\"\(text)\" is no page by name; give each origin, such as https://app.example"
            )
        }
        let lowercased = text.lowercased()
        let scheme = lowercased.prefix { $0 != ":" }
        let rest = lowercased.dropFirst(scheme.count)
        guard rest.hasPrefix("://") else { throw malformed(text) }
        var authority = rest.dropFirst("://".count)
        guard scheme.utf8.first.map(isLetter) == true, scheme.utf8.allSatisfy(isOfScheme),
            !authority.isEmpty, authority.utf8.allSatisfy(isOfAuthority)
        else { throw malformed(text) }
        if let known = WebScheme(rawValue: String(scheme)) {
            let port = ":" + known.defaultPort
            if authority.hasSuffix(port) { authority.removeLast(port.count) }
        }
        return Array("\(scheme)://\(authority)".utf8)
    }

    private static func malformed(_ text: String) -> ConfigurationError {
        ConfigurationError(
            flag,
            reason:
                "\"\(text)\" is no origin: write SCHEME://HOST or SCHEME://HOST:PORT, without a slash after it"
        )
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isOfScheme(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "+-.".utf8.contains(byte)
    }

    private static func isOfAuthority(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "-._~:[]".utf8.contains(byte)
    }
}
