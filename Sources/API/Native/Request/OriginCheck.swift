internal import Wire

/// Which pages a browser may have loaded that make a request: keeps those of other origins from
/// changing anything (cross-site request forgery). A program that is no browser sends neither
/// `Origin` nor `Sec-Fetch-Site`, and is not concerned.
enum OriginCheck {
    /// Refuses what a page of another origin asks.
    ///
    /// - Parameter allowed: origins whose pages may do what they like.
    static func admit(_ request: HTTPRequest, allowed: [[UInt8]]) throws(Problem) {
        let origins = request.headers.values(of: "origin")
        let sites = request.headers.values(of: "sec-fetch-site")
        if origins.isEmpty && sites.isEmpty || admitted(origins, allowed: allowed) != nil { return }
        if let foreign = origins.first(where: { !isOwn($0, request: request) }) {
            let isNobody = foreign.isEmpty || foreign.equals("null")
            let page = isNobody ? "A page without an origin" : "A page of \(text(foreign))"
            throw Problem(
                .crossOrigin,
                "\(page) asks for this, and the request went to \(text(request.authority ?? [])). Pages of other origins change nothing here, unless the member is started with --cors-origin and their origin."
            )
        }
        // Ports and subdomains of the same site are other origins, too.
        if let foreign = sites.first(where: { !$0.equals("same-origin") && !$0.equals("none") }) {
            throw Problem(
                .crossOrigin,
                "A page of another origin asks for this (Sec-Fetch-Site: \(text(foreign))). Such pages change nothing here, unless the member is started with --cors-origin and their origin."
            )
        }
    }

    /// The origin of the page that asks, where it is one of those allowed.
    static func admitted(_ request: HTTPRequest, allowed: [[UInt8]]) -> [UInt8]? {
        allowed.isEmpty ? nil : admitted(request.headers.values(of: "origin"), allowed: allowed)
    }

    private static func admitted(
        _ origins: [ArraySlice<UInt8>],
        allowed: [[UInt8]]
    ) -> [UInt8]? {
        guard origins.count == 1, let origin = origins.first else { return nil }
        return allowed.first { $0.elementsEqual(origin) }
    }

    /// Whether the origin is the host that was asked, its port that of the scheme where none is
    /// named. The scheme itself cannot be compared: what ends TLS before a member passes on the
    /// host alone, and `Sec-Fetch-Site` tells of the difference.
    private static func isOwn(_ origin: ArraySlice<UInt8>, request: HTTPRequest) -> Bool {
        guard let asked = request.authority else { return false }
        for scheme in WebScheme.allCases where origin.starts(with: scheme.prefix.utf8) {
            let own = Authority(asked)
            let page = Authority(origin.dropFirst(scheme.prefix.utf8.count))
            let usual = Array(scheme.defaultPort.utf8)
            return page.host == own.host && (page.port ?? usual) == (own.port ?? usual)
        }
        return false
    }
}

extension HTTPResponse {
    /// What lets the page of an admitted origin read the answer (Fetch Standard, 3.3.3).
    mutating func appendCrossOrigin(_ origin: [UInt8]) {
        headers.append("Access-Control-Allow-Origin", value: origin)
        headers.append(
            "Access-Control-Expose-Headers",
            value:
                "Allow, ETag, Idempotent-Replayed, Link, Location, Retry-After, Roost-Member, Roost-Revision, Roost-Term, Server-Timing"
        )
    }

    /// The answer to a browser that asks beforehand what a page may send.
    mutating func appendPreflight(_ methods: [Method]) {
        headers.append("Access-Control-Allow-Methods", value: methods.list)
        headers.append(
            "Access-Control-Allow-Headers",
            value:
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Roost-Lock, Roost-Note"
        )
        headers.append("Access-Control-Max-Age", value: "600")
    }
}
