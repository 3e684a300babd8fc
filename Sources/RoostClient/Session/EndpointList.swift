package import Platform

/// Why a text names no endpoints; the description says what to write instead.
package enum EndpointListError: Error, Hashable, Sendable, CustomStringConvertible {
    case unsupportedScheme(String)
    case malformed(String, EndpointError)

    package var description: String {
        switch self {
        case .unsupportedScheme(let scheme):
            "\(scheme):// is not spoken here: write HOST:PORT or http://HOST:PORT"
        case .malformed(let text, let error): "'\(text)': \(error)"
        }
    }
}

/// The members that a client may ask, as `--endpoints` and ROOST_ENDPOINTS name them.
package enum EndpointList {
    /// Parses `HOST:PORT`, `[IPV6]:PORT`, `http://HOST:PORT` or `unix:PATH`, separated by commas;
    /// at least one.
    package static func parse(_ text: String) throws(EndpointListError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            endpoints.append(try parseOne(part))
        }
        return endpoints
    }

    private static func parseOne(_ text: Substring) throws(EndpointListError) -> Endpoint {
        var rest = text
        if let scheme = scheme(of: text) {
            guard scheme == "http" else { throw .unsupportedScheme(scheme) }
            rest = rest.dropFirst("http://".count)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
        }
        do {
            return try Endpoint(parsing: String(rest))
        } catch { throw .malformed(String(text), error) }
    }

    /// What stands before `://`.
    private static func scheme(of text: Substring) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            return nil
        }
        return String(text[..<colon])
    }
}
