internal import Bytes

/// How a message's end is found (RFC 9112, 6).
enum BodyFraming: Hashable, Sendable {
    case length(Int)
    case chunked
    /// A response that ends with its connection.
    case untilClose
}

/// A request's start line and fields, taken apart and checked.
struct RequestHead: Sendable {
    let method: Method
    let version: HTTPVersion
    let persistence: Persistence
    let framing: BodyFraming
    /// Whether the client waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool
    let fields: HeaderFields
    let path: Range<Int>
    let query: Range<Int>?
    let authority: Range<Int>?

    /// - Parameters:
    ///   - bytes: start line and fields, each with CRLF, without the empty line at the end.
    ///   - lineEnd: the offset of the start line's CR.
    init(_ bytes: consuming [UInt8], lineEnd: Int, limits: RequestLimits) throws(RequestError) {
        let line = try RequestLine(bytes.span.extracting(0..<lineEnd))
        do {
            fields = try HeaderFields(
                parsing: consume bytes,
                from: lineEnd + 2,
                countMax: limits.fieldCountMax
            )
        } catch { throw RequestError(error) }
        (method, version) = (line.method, line.version)
        (path, query, authority) = (line.path, line.query, line.authority)
        try Self.checkHost(fields, version: version, target: authority)
        framing = try Self.framing(fields, version: version, limits: limits)
        persistence = Self.persistence(fields, version: version)
        expectsContinue = try Self.expectation(fields, version: version)
    }

    /// RFC 9112, 3.2: exactly one `Host` in HTTP/1.1, and one that can be an authority.
    private static func checkHost(
        _ fields: HeaderFields,
        version: HTTPVersion,
        target: Range<Int>?
    ) throws(RequestError) {
        switch fields.occurrence(of: "host") {
        case .never:
            guard version == .http10 else { throw .malformed(.missingHost) }
        case .once(let host):
            guard host.isAuthority else { throw .malformed(.invalidHost) }
        case .repeatedly: throw .malformed(.repeatedHost)
        }
    }

    /// RFC 9112, 6.1 to 6.3. What two recipients might frame differently is refused.
    private static func framing(
        _ fields: HeaderFields,
        version: HTTPVersion,
        limits: RequestLimits
    ) throws(RequestError) -> BodyFraming {
        let lengths = fields.occurrence(of: "content-length")
        switch (fields.occurrence(of: "transfer-encoding"), lengths) {
        case (.never, .never): return .length(0)
        case (.never, .once(let length)):
            return .length(try byteCount(length, max: limits.bodyByteCountMax))
        case (.never, .repeatedly): throw .malformed(.repeatedLength)
        case _ where version != .http11: throw .malformed(.transferEncodingInHTTP10)
        case (.once(let coding), .never) where coding.equalsIgnoringCase("chunked"):
            return .chunked
        case (_, .never): throw .malformed(.unknownTransferEncoding)
        case (_, _): throw .malformed(.lengthAndTransferEncoding)
        }
    }

    /// RFC 9110, 8.6: digits, however many; a number that no integer holds is too large as well.
    private static func byteCount(
        _ text: ArraySlice<UInt8>,
        max limit: Int
    ) throws(RequestError) -> Int {
        // What has more digits than an integer may still be small, if it begins with zeroes.
        let digits = text.count > 19 ? text.drop { $0 == UInt8(ascii: "0") } : text
        if let count = digits.decimalValue, count <= UInt64(limit) { return Int(count) }
        guard !text.isEmpty, text.allSatisfy(\.isDigit) else { throw .malformed(.invalidLength) }
        guard !digits.isEmpty else { return 0 }
        throw .bodyTooLarge(limit: limit)
    }

    /// RFC 9112, 9.3.
    private static func persistence(
        _ fields: HeaderFields,
        version: HTTPVersion
    ) -> Persistence {
        var persistence: Persistence = version == .http11 ? .keepAlive : .close
        if case .never = fields.occurrence(of: "connection") { return persistence }
        for value in fields.values(of: "connection") {
            for option in value.split(separator: UInt8(ascii: ",")) {
                let option = option.trimmingBlanks
                if option.equalsIgnoringCase("close") { return .close }
                if option.equalsIgnoringCase("keep-alive") { persistence = .keepAlive }
            }
        }
        return persistence
    }

    /// RFC 9110, 10.1.1: HTTP/1.0 clients cannot expect anything.
    private static func expectation(
        _ fields: HeaderFields,
        version: HTTPVersion
    ) throws(RequestError) -> Bool {
        guard version == .http11, let expectation = fields["expect"] else { return false }
        guard expectation.equalsIgnoringCase("100-continue") else {
            throw .malformed(.unknownExpectation)
        }
        return true
    }
}

/// `METHOD TARGET VERSION` (RFC 9112, 3), its parts as places within the head.
private struct RequestLine {
    let method: Method
    let version: HTTPVersion
    let path: Range<Int>
    let query: Range<Int>?
    let authority: Range<Int>?

    init(_ line: Span<UInt8>) throws(RequestError) {
        let methodEnd = line.prefixEnd(from: 0, where: \.isToken)
        guard methodEnd > 0, methodEnd < line.count, line[methodEnd] == UInt8(ascii: " ") else {
            throw .malformed(.requestLine)
        }
        method = Method(token: line.extracting(0..<methodEnd))
        let start = methodEnd + 1
        let end = line.prefixEnd(from: start, where: \.isTarget)
        guard end > start, end < line.count, line[end] == UInt8(ascii: " ") else {
            throw .malformed(.requestLine)
        }
        version = try Self.version(line.extracting((end + 1)...))
        (path, query, authority) = try Self.target(line, range: start..<end, method: method)
    }

    /// RFC 9112, 2.3: a higher minor version is read as the highest that is known.
    private static func version(_ text: Span<UInt8>) throws(RequestError) -> HTTPVersion {
        let name: StaticString = "HTTP/1."
        guard text.count == name.utf8CodeUnitCount + 1 else { throw .malformed(.version) }
        for offset in 0..<name.utf8CodeUnitCount where unsafe text[offset] != name.bytes[offset] {
            throw .malformed(.version)
        }
        let minor = text[text.count - 1]
        guard minor.isDigit else { throw .malformed(.version) }
        return minor == UInt8(ascii: "0") ? .http10 : .http11
    }

    /// The four forms of RFC 9112, 3.2; the authority form belongs to CONNECT alone.
    private static func target(
        _ line: Span<UInt8>,
        range: Range<Int>,
        method: Method
    ) throws(RequestError) -> (path: Range<Int>, query: Range<Int>?, authority: Range<Int>?) {
        if line[range.lowerBound] == UInt8(ascii: "/") {
            let (path, query) = split(line, range: range)
            return (path, query, nil)
        }
        if range.count == 1, line[range.lowerBound] == UInt8(ascii: "*") {
            guard method == .options else { throw .malformed(.target) }
            return (range, nil, nil)
        }
        guard let start = schemeEnd(line, range: range) else { throw .malformed(.target) }
        let end = line.prefixEnd(from: start, where: \.isAuthority)
        guard end > start, end <= range.upperBound,
            Array(span: line.extracting(start..<end))[...].isAuthority
        else { throw .malformed(.target) }
        let (path, query) = split(line, range: end..<range.upperBound)
        guard path.isEmpty || line[path.lowerBound] == UInt8(ascii: "/") else {
            throw .malformed(.target)
        }
        return (path, query, start..<end)
    }

    private static func split(
        _ line: Span<UInt8>,
        range: Range<Int>
    ) -> (path: Range<Int>, query: Range<Int>?) {
        let mark = line.prefixEnd(from: range.lowerBound) { $0 != UInt8(ascii: "?") }
        guard mark < range.upperBound else { return (range, nil) }
        return (range.lowerBound..<mark, mark + 1..<range.upperBound)
    }

    /// Where an absolute target's authority begins; nil without `http://` or `https://`.
    private static func schemeEnd(_ line: Span<UInt8>, range: Range<Int>) -> Int? {
        for scheme: StaticString in ["http://", "https://"]
        where range.count > scheme.utf8CodeUnitCount {
            let matches = (0..<scheme.utf8CodeUnitCount).allSatisfy {
                unsafe line[range.lowerBound + $0].asciiLowercased == scheme.bytes[$0]
            }
            if matches { return range.lowerBound + scheme.utf8CodeUnitCount }
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// Whether it is `host`, `host:port` or `[address]:port` (RFC 3986, 3.2), or empty.
    fileprivate var isAuthority: Bool {
        var rest = self
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = rest[(rest.startIndex + 1)..<end]
            guard !address.isEmpty, address.allSatisfy(\.isAuthority),
                !address.contains(UInt8(ascii: "["))
            else { return false }
            rest = rest[(end + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { return false }
        }
        let port = rest.drop { $0 != UInt8(ascii: ":") }
        let name = rest[..<port.startIndex]
        return port.dropFirst().allSatisfy(\.isDigit)
            && name.allSatisfy { $0.isAuthority && $0 != 0x5B && $0 != 0x5D }
    }
}

extension UInt8 {
    /// A character of `host:port` (RFC 3986, 3.2) without user information.
    fileprivate var isAuthority: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}

extension Span<UInt8> {
    /// The offset after the bytes from `start` that satisfy `predicate`.
    fileprivate func prefixEnd(from start: Int, where predicate: (UInt8) -> Bool) -> Int {
        var end = start
        while end < count, predicate(self[end]) { end += 1 }
        return end
    }
}
