internal import Bytes

/// A request that its client has sent before but for the end of its path, its body and the body's
/// length: clients repeat method, query, version and fields word for word with every request.
///
/// Where a pattern matches, the parser would have come to a request with the same method, query,
/// fields, version, persistence and framing; nothing is taken apart or copied to find that out.
package struct RequestTemplate: Sendable {
    /// What was found, as places in the input that was given.
    package struct Match {
        /// The path behind the pattern's prefix: `/`, then segments of characters that stand for
        /// themselves; none is empty or begins with a dot.
        package let path: Range<Int>
        package let body: Range<Int>

        /// Where the next request begins.
        package var end: Int { body.upperBound }
    }

    /// A body's length in more digits than this is left to the parser.
    private static let lengthDigitCountMax = 6
    /// A path longer than this is left to the parser.
    private static let pathByteCountMax = 4096

    /// Method, space and the prefix of the path.
    private let start: [UInt8]
    /// What follows the path: the query, the version and the fields, up to the digits of the body's
    /// length, or to the end of the head where there is no such field.
    private let middle: [UInt8]
    /// From the digits of the body's length to the end of the head; nil without such a field.
    private let end: [UInt8]?

    /// The pattern of a request of the usual kind: in origin form, of HTTP/1.1 that goes on
    /// afterwards, its body's length told or absent. Nil for any other.
    ///
    /// - Parameters:
    ///   - prefix: what the path begins with; a slash follows it.
    ///   - raw: the bytes that the parser took for it and for nothing else.
    package init?(of request: HTTPRequest, under prefix: StaticString, in raw: Span<UInt8>) {
        let method = Array(request.method.rawValue.utf8)
        let pathStart = method.count + 1
        let pathEnd = pathStart + request.rawPath.count
        let headEnd = raw.count - request.body.count
        guard !method.isEmpty, request.isUsual, request.rawPath.span.hasPrefix(prefix),
            pathEnd < headEnd, raw.hasPrefix(method.span),
            raw.extracting(pathStart..<pathEnd).isEqual(to: request.rawPath.span)
        else { return nil }
        start = Array(span: raw.extracting(..<(pathStart + prefix.utf8CodeUnitCount)))
        guard let length = request.header("content-length") else {
            middle = Array(span: raw.extracting(pathEnd..<headEnd))
            end = nil
            return
        }
        // The parser keeps the head as it came, from its first byte.
        guard length.endIndex <= headEnd,
            raw.extracting(length.startIndex..<length.endIndex).isEqual(to: length.span)
        else { return nil }
        middle = Array(span: raw.extracting(pathEnd..<length.startIndex))
        end = Array(span: raw.extracting(length.endIndex..<headEnd))
    }

    /// The request at `offset`, if it is one of this pattern and all of it is there.
    ///
    /// - Complexity: O(head)
    package func match(_ input: Span<UInt8>, at offset: Int) -> Match? {
        guard input.matches(start, at: offset) else { return nil }
        let pathStart = offset + start.count
        let pathEnd = input.plainPathEnd(from: pathStart)
        guard pathEnd > pathStart + 1, pathEnd - pathStart <= Self.pathByteCountMax,
            input[pathEnd - 1] != UInt8(ascii: "/"), input.matches(middle, at: pathEnd)
        else { return nil }
        var place = pathEnd + middle.count
        guard let end else { return Match(path: pathStart..<pathEnd, body: place..<place) }
        var byteCount = 0
        let digits = place
        while place < input.count, input[place].isDigit, place - digits < Self.lengthDigitCountMax {
            byteCount = byteCount * 10 + Int(input[place] - UInt8(ascii: "0"))
            place += 1
        }
        guard place > digits, input.matches(end, at: place) else { return nil }
        place += end.count
        guard byteCount <= input.count - place else { return nil }
        return Match(path: pathStart..<pathEnd, body: place..<place + byteCount)
    }
}

extension HTTPRequest {
    /// Whether nothing but the path and the body could be different in the next one like it.
    fileprivate var isUsual: Bool {
        version == .http11 && persistence == .keepAlive && rawPath.first == UInt8(ascii: "/")
            && header("transfer-encoding") == nil && header("expect") == nil
    }
}

extension Span<UInt8> {
    /// Where the plain path that begins at `start` with a slash ends: at the first character that
    /// needs a look of its own, or in a segment that does.
    fileprivate func plainPathEnd(from start: Int) -> Int {
        guard start < count, self[start] == UInt8(ascii: "/") else { return start }
        var offset = start
        var before: UInt8 = 0
        while offset < count {
            let byte = self[offset]
            guard byte.isPlainPath else { break }
            if before == UInt8(ascii: "/"), byte == before || byte == UInt8(ascii: ".") { break }
            before = byte
            offset += 1
        }
        return offset
    }

    fileprivate func hasPrefix(_ text: StaticString) -> Bool {
        count > text.utf8CodeUnitCount && self[text.utf8CodeUnitCount] == UInt8(ascii: "/")
            && extracting(..<text.utf8CodeUnitCount).equals(text)
    }

    fileprivate func hasPrefix(_ other: Span<UInt8>) -> Bool {
        count >= other.count && extracting(..<other.count).isEqual(to: other)
    }

    /// Whether the bytes from `offset` on begin with `text`.
    fileprivate func matches(_ text: [UInt8], at offset: Int) -> Bool {
        text.count <= count - offset
            && extracting(offset..<offset + text.count).isEqual(to: text.span)
    }
}

extension UInt8 {
    /// A character of a path that stands for itself: letters, digits, the slash and what RFC 3986,
    /// 3.3, allows in a segment besides.
    fileprivate var isPlainPath: Bool {
        self < 128 && (self < 64 ? Self.pathBits.0 : Self.pathBits.1) >> UInt64(self & 63) & 1 == 1
    }

    /// A bit for each character below 128: letters, digits and `!$&'()*+,-./:;=@_~`.
    private static let pathBits: (UInt64, UInt64) = (
        0x2FFF_FFD2_0000_0000, 0x47FF_FFFE_87FF_FFFF
    )
}
