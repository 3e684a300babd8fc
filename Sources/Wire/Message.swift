/// An HTTP method; anything else is refused with 405 or 501 where it is met.
package enum Method: String, Hashable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
    case options = "OPTIONS"
}

/// A header field as it stood: the name in lower case, the value without surrounding blanks.
package struct HeaderField: Hashable, Sendable {
    package let name: [UInt8]
    package let value: [UInt8]

    package init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// One whole HTTP request, its body included, as any dialect of HTTP yields it.
package struct HTTPRequest: Hashable, Sendable {
    package let method: Method
    /// The path part of the target as sent, still percent-encoded.
    package let rawPath: [UInt8]
    /// The query part as sent, without `?`; nil when there is no `?`.
    package let rawQuery: [UInt8]?
    package let headers: [HeaderField]
    package let body: [UInt8]

    package init(
        method: Method,
        rawPath: [UInt8],
        rawQuery: [UInt8]?,
        headers: [HeaderField],
        body: [UInt8]
    ) {
        self.method = method
        self.rawPath = rawPath
        self.rawQuery = rawQuery
        self.headers = headers
        self.body = body
    }

    /// The first value of a header field, by its lower-case name.
    package func header(_ name: StaticString) -> [UInt8]? {
        headers.first { field in
            name.withUTF8Buffer { unsafe field.name.elementsEqual($0) }
        }?.value
    }
}

/// A response before it is written: framing (`Content-Length`, chunks, `Connection`, `Date`) is the
/// writer's matter.
package struct HTTPResponse: Hashable, Sendable {
    package enum Body: Hashable, Sendable {
        case bytes([UInt8])
        /// Chunks follow until the end is written; for event streams.
        case stream
    }

    package var status: UInt16
    package var headers: [HeaderField]
    package var body: Body

    package init(status: UInt16, headers: [HeaderField] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
