internal import Wire

/// Which hosts a request may name: keeps a browser's page from reaching the member under a name
/// that an attacker points here (DNS rebinding).
enum HostCheck {
    /// - Parameter allowed: names in lower case, without a dot at the end; empty admits every host.
    ///   IP addresses and `localhost` are always admitted.
    static func admit(_ request: HTTPRequest, _ allowed: [[UInt8]]) throws(Problem) {
        guard !allowed.isEmpty, let authority = request.authority else { return }
        let host = Self.host(of: authority)
        if host.first == UInt8(ascii: "[") || isDottedQuad(host) { return }
        let name = host.map(\.lowercased)
        if name.equals("localhost") || allowed.contains(name) { return }
        throw Problem(
            .misdirected,
            "The host \(text(host)) is not served here; allow it with --allow-host."
        )
    }

    /// The authority without its port, and without the dot that makes a name absolute (RFC 3986,
    /// section 3.2.2).
    private static func host(of authority: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if authority.first == UInt8(ascii: "["),
            let end = authority.firstIndex(of: UInt8(ascii: "]"))
        {
            return authority[...end]
        }
        let host = authority.prefix { $0 != UInt8(ascii: ":") }
        return host.last == UInt8(ascii: ".") ? host.dropLast() : host
    }

    private static func isDottedQuad(_ host: ArraySlice<UInt8>) -> Bool {
        let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { ($0.decimalValue ?? 256) < 256 }
    }
}

extension UInt8 {
    fileprivate var lowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }
}
