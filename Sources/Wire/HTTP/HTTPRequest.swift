/// One whole HTTP request, its body included, as any dialect of HTTP yields it.
///
/// Head and fields share one array: reading a part makes a slice, not a copy.
package struct HTTPRequest: Hashable, Sendable {
    package let method: Method
    package let version: HTTPVersion
    package let persistence: Persistence
    /// Fields in the order of arrival; names are in lower case. The target lies in the same bytes.
    package let headers: HeaderFields
    package let body: [UInt8]

    private let path: Range<Int>
    private let query: Range<Int>?
    /// The authority of an absolute-form target; nil for the usual origin form.
    private let targetAuthority: Range<Int>?

    /// The path part of the target as sent, still percent-encoded; `*` for the asterisk form.
    package var rawPath: ArraySlice<UInt8> { headers.bytes[path] }

    /// The query part as sent, without `?`; nil when there is no `?`.
    package var rawQuery: ArraySlice<UInt8>? { query.map { headers.bytes[$0] } }

    /// Whom the client thinks it speaks to: an absolute target's authority, else `Host` (RFC 9112,
    /// 3.2.2). Nil only for HTTP/1.0.
    package var authority: ArraySlice<UInt8>? {
        targetAuthority.map { headers.bytes[$0] } ?? headers["host"]
    }

    /// The first value of a header field, by its lower-case name.
    package func header(_ name: StaticString) -> ArraySlice<UInt8>? { headers[name] }

    init(_ head: RequestHead, body: [UInt8]) {
        method = head.method
        version = head.version
        persistence = head.persistence
        headers = head.fields
        path = head.path
        query = head.query
        targetAuthority = head.authority
        self.body = body
    }

    /// A request that did not come from a parser: an origin-form target, already percent-encoded.
    package init(
        method: Method,
        rawPath: some Collection<UInt8>,
        rawQuery: [UInt8]? = nil,
        headers: [HeaderField] = [],
        body: [UInt8] = [],
        version: HTTPVersion = .http11,
        persistence: Persistence = .keepAlive
    ) {
        var bytes = Array(rawPath)
        path = 0..<bytes.count
        if let rawQuery {
            query = bytes.count..<bytes.count + rawQuery.count
            bytes += rawQuery
        } else {
            query = nil
        }
        var fields = HeaderFields(after: bytes)
        for field in headers { fields.append(name: field.name, value: field.value) }
        targetAuthority = nil
        self.method = method
        self.version = version
        self.persistence = persistence
        self.headers = fields
        self.body = body
    }
}

/// The minor version of HTTP/1 that a message was sent as.
package enum HTTPVersion: UInt8, Hashable, Sendable {
    case http10 = 0
    case http11 = 1
}

/// Whether a connection serves another request after this one (RFC 9112, 9.3).
package enum Persistence: UInt8, Hashable, Sendable {
    case keepAlive = 0
    case close = 1
}
