/// Writes the answers to one request into a connection's output (RFC 9112): knows what the request
/// was as far as framing depends on it.
package struct ResponseWriter: Hashable, Sendable {
    /// What a client that sent `Expect: 100-continue` waits for.
    package static let continueResponse: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    private enum Content: UInt8, Hashable, Sendable {
        case sent = 0
        /// HEAD: the header alone, as if for GET.
        case withheld = 1
    }

    private let content: Content
    private let version: HTTPVersion
    /// Whether the connection goes on after the response; a stream without chunks ends with it.
    private(set) package var persistence: Persistence

    /// For the answers to `request`.
    package init(for request: HTTPRequest) {
        content = request.method == .head ? .withheld : .sent
        version = request.version
        persistence = request.persistence
    }

    /// For the answer to bytes that are not a request: the connection ends with it.
    package static let closing = ResponseWriter(
        content: .sent,
        version: .http11,
        persistence: .close
    )

    /// For the answer to a request of HTTP/1.1 that is no HEAD, on a connection that goes on.
    package static let continuing = ResponseWriter(
        content: .sent,
        version: .http11,
        persistence: .keepAlive
    )

    private init(content: Content, version: HTTPVersion, persistence: Persistence) {
        self.content = content
        self.version = version
        self.persistence = persistence
    }

    /// The connection ends after this response whatever the client wished.
    package mutating func close() { persistence = .close }

    /// Appends status line, fields and, unless it is a stream, the body.
    package mutating func append(
        _ response: HTTPResponse,
        date: HTTPDate,
        to output: inout [UInt8]
    ) {
        appendHead(response, date: date, to: &output)
        guard case .bytes(let body) = response.body else { return }
        if content == .sent, response.status.mayHaveBody { output.append(contentsOf: body) }
    }

    private mutating func appendHead(
        _ response: HTTPResponse,
        date: HTTPDate,
        to output: inout [UInt8]
    ) {
        output.append(statusLineOf: response.status)
        output.append(contentsOf: date.line)
        output.append(contentsOf: response.headers.wireBytes)
        switch response.body {
        case .bytes(let body) where mayTellLength(of: body, status: response.status):
            output.append("Content-Length: ")
            output.append(decimal: UInt64(body.count))
            output.append("\r\n")
        case .bytes: break
        case .stream:
            switch version {
            case .http11: output.append("Transfer-Encoding: chunked\r\n")
            case .http10: persistence = .close
            }
        }
        switch (persistence, version) {
        case (.close, _): output.append("Connection: close\r\n")
        case (.keepAlive, .http10): output.append("Connection: keep-alive\r\n")
        case (.keepAlive, .http11): break
        }
        output.append("\r\n")
    }

    /// The header of a withheld stream has no body to measure, and must not claim that GET's is
    /// empty (RFC 9110, 8.6).
    private func mayTellLength(of body: [UInt8], status: UInt16) -> Bool {
        status.mayHaveBody && (content == .sent || !body.isEmpty)
    }

    /// Appends a piece of a stream's body; an empty one writes nothing.
    package func appendChunk(_ bytes: [UInt8], to output: inout [UInt8]) {
        guard !bytes.isEmpty, content == .sent else { return }
        guard version == .http11 else {
            output.append(contentsOf: bytes)
            return
        }
        output.append(hexadecimal: UInt64(bytes.count))
        output.append("\r\n")
        output.append(contentsOf: bytes)
        output.append("\r\n")
    }

    /// Appends the end of a stream's body.
    package func appendEnd(to output: inout [UInt8]) {
        if content == .sent, version == .http11 { output.append("0\r\n\r\n") }
    }
}

extension [UInt8] {
    fileprivate mutating func append(statusLineOf status: UInt16) {
        if status == 200 { return append("HTTP/1.1 200 OK\r\n") }
        append("HTTP/1.1 ")
        append(decimal: UInt64(status))
        append(" ")
        append(status.reasonPhrase)
        append("\r\n")
    }

    /// Appends a number in hexadecimal digits without leading zeros.
    mutating func append(hexadecimal value: UInt64) {
        var shift = value == 0 ? 0 : (63 - value.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }
}

extension UInt16 {
    /// RFC 9110, 6.4.1: 1xx, 204 and 304 end with their header.
    var mayHaveBody: Bool { self >= 200 && self != 204 && self != 304 }

    /// The registered phrase of the statuses in use (RFC 9110, 15).
    package var reasonPhrase: StaticString {
        switch self {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 507: "Insufficient Storage"
        default: "Status"
        }
    }
}
