package import Platform

/// Why a text names no endpoints; the description says what to write instead.
package enum EndpointListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Blanks and commas only.
    case empty
    case unsupportedScheme(String, in: String)
    /// TLS is spoken over TCP alone.
    case secureUnix(String)
    case hasPath(String)
    case malformed(String, EndpointError)

    package var description: String {
        switch self {
        case .empty: "no member is named"
        case .unsupportedScheme(let scheme, let text):
            "'\(text)': \(scheme):// is not spoken here, write HOST:PORT, http://HOST:PORT or "
                + "https://HOST:PORT"
        case .secureUnix(let text): "'\(text)': a Unix socket is plain, write unix:PATH"
        case .hasPath(let text): "'\(text)': nothing may follow HOST:PORT"
        case .malformed(let text, let error): "'\(text)': \(error)"
        }
    }
}

/// The members that a client may ask, as `--endpoints` and ROOST_ENDPOINTS name them.
package enum EndpointList {
    /// Parses `HOST:PORT`, `[IPV6]:PORT`, `http://HOST:PORT`, `https://HOST:PORT`, `unix:PATH`,
    /// `srv:NAME` or `https://srv:NAME`, separated by commas; at least one. Blanks around them and
    /// empty elements are left out.
    ///
    /// - Parameter security: what counts where `https` is written.
    package static func parse(
        _ text: String,
        security: ClientSecurity = .standard
    ) throws(EndpointListError) -> [ServiceAddress] {
        var endpoints: [ServiceAddress] = []
        for part in text.split(separator: ",") {
            let element = trimmed(part)
            if !element.isEmpty { endpoints.append(try parseOne(element, security: security)) }
        }
        guard !endpoints.isEmpty else { throw .empty }
        return endpoints
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }

    private static func parseOne(
        _ text: Substring,
        security: ClientSecurity
    ) throws(EndpointListError) -> ServiceAddress {
        var rest = text
        var chosen: ClientSecurity?
        if let scheme = scheme(of: text) {
            switch scheme.lowercased() {
            case "http": chosen = nil
            case "https": chosen = security
            default: throw .unsupportedScheme(scheme, in: String(text))
            }
            rest = rest.dropFirst(scheme.count + "://".count)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
            guard !rest.contains("/") else { throw .hasPath(String(text)) }
        }
        let place: Endpoint
        do throws(EndpointError) {
            place = try Endpoint(parsing: String(rest), orServiceFor: .clients)
        } catch {
            throw .malformed(String(text), error)
        }
        if case .unix = place, chosen != nil { throw .secureUnix(String(text)) }
        return ServiceAddress(place, security: chosen)
    }

    /// What stands before `://`.
    private static func scheme(of text: Substring) -> String? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            return nil
        }
        return String(text[..<colon])
    }
}
