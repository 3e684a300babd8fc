internal import Bytes

/// A request that its client has sent before, but for the end of its path, its body, the body's
/// length and the values of fields that mean nothing here: clients repeat method, query, version and
/// the other fields word for word with every request.
///
/// Where a template matches, the parser would have come to a request with the same method, query,
/// fields, version, persistence and framing, but for the values of those fields. Nothing is taken
/// apart or copied to find that out.
package struct RequestTemplate: Sendable {
    /// What was found, as places in the input that was given.
    package struct Match {
        /// The path after the template's prefix: `/`, then segments of characters that stand for
        /// themselves; none is empty or begins with a dot.
        package let path: Range<Int>
        package let body: Range<Int>

        /// Where the next request begins.
        package var end: Int { body.upperBound }
    }

    /// A place in the fields where requests may differ.
    private struct Gap {
        enum Content: UInt8 {
            /// The digits of the body's length.
            case length = 0
            /// All between the colon and the line's end.
            case value = 1
        }

        let content: Content
        /// Where the fixed bytes before it end.
        let end: Int
    }

    /// A body's length in more digits than this is left to the parser.
    private static let lengthDigitCountMax = 6
    /// A path longer than this is left to the parser.
    private static let pathByteCountMax = 4096
    /// A value that may vary and is longer than this is left to the parser.
    private static let valueByteCountMax = 1024
    /// More places than this make no template.
    private static let gapCountMax = 12
    /// More fixed bytes than this make no template. With the bounds above, no request that matches
    /// is one that the parser refuses for its size.
    private static let fixedByteCountMax = 8192

    /// Method, space and the prefix of the path.
    private let start: [UInt8]
    /// What follows the path: the query, the version and the fields, without what is in the gaps.
    private let rest: [UInt8]
    private let gaps: [Gap]

    /// The template of a request of the usual kind: in origin form, of HTTP/1.1, on a connection
    /// that goes on afterwards, with a body whose length is told or none. Nil for any other.
    ///
    /// - Parameters:
    ///   - prefix: what the path begins with; a slash follows it.
    ///   - varying: the fields, in lower case, whose values may differ from request to request.
    ///   - raw: the bytes that the parser took for it and for nothing else.
    package init?(
        of request: HTTPRequest,
        under prefix: StaticString,
        varying: [StaticString] = [],
        in raw: Span<UInt8>
    ) {
        let method = Array(request.method.rawValue.utf8)
        let pathStart = method.count + 1
        let pathEnd = pathStart + request.rawPath.count
        let headEnd = raw.count - request.body.count
        guard !method.isEmpty, request.isUsual, request.rawPath.span.hasPrefix(prefix),
            pathEnd < headEnd, raw.hasPrefix(method.span),
            raw.extracting(pathStart..<pathEnd).isEqual(to: request.rawPath.span),
            let places = Self.places(in: request, varying: varying, raw: raw, headEnd: headEnd),
            places.count <= Self.gapCountMax, headEnd <= Self.fixedByteCountMax
        else { return nil }
        start = Array(span: raw.extracting(..<(pathStart + prefix.utf8CodeUnitCount)))
        var rest: [UInt8] = []
        var gaps: [Gap] = []
        var offset = pathEnd
        for (place, content) in places {
            guard place.lowerBound >= offset else { return nil }
            rest.append(span: raw.extracting(offset..<place.lowerBound))
            gaps.append(Gap(content: content, end: rest.count))
            offset = place.upperBound
        }
        rest.append(span: raw.extracting(offset..<headEnd))
        self.rest = rest
        self.gaps = gaps
    }

    /// The places where the next request may differ, in their order; nil if the head does not lie
    /// in `raw` as the parser kept it.
    private static func places(
        in request: HTTPRequest,
        varying: [StaticString],
        raw: Span<UInt8>,
        headEnd: Int
    ) -> [(Range<Int>, Gap.Content)]? {
        var places: [(Range<Int>, Gap.Content)] = []
        for line in request.headers.lines {
            let content: Gap.Content
            let place: Range<Int>
            if request.headers.name(at: line.name, isOneOf: ["content-length"]) {
                content = .length
                place = line.value
            } else if request.headers.name(at: line.name, isOneOf: varying) {
                content = .value
                place = line.name.upperBound + 1..<line.end
            } else {
                continue
            }
            // The parser keeps the head as it came, from its first byte, but for the case of names.
            guard line.end < headEnd, raw[line.end] == UInt8(ascii: "\r"),
                raw.extracting(place).isEqual(to: request.headers.bytes[place].span)
            else { return nil }
            places.append((place, content))
        }
        return places
    }

    /// The request at `offset`, if it is one of this template and all of it is there.
    ///
    /// - Complexity: O(head)
    package func match(_ input: Span<UInt8>, at offset: Int) -> Match? {
        guard input.matches(start.span, at: offset) else { return nil }
        let pathStart = offset + start.count
        let pathEnd = input.plainPathEnd(from: pathStart)
        guard pathEnd > pathStart + 1, pathEnd - pathStart <= Self.pathByteCountMax,
            input[pathEnd - 1] != UInt8(ascii: "/")
        else { return nil }
        let rest = rest.span
        var byteCount = 0
        var place = pathEnd
        var fixed = 0
        for index in 0..<gaps.count {
            let gap = gaps[index]
            guard input.matches(rest.extracting(fixed..<gap.end), at: place) else { return nil }
            place += gap.end - fixed
            fixed = gap.end
            switch gap.content {
            case .length:
                let digits = input.digitsEnd(from: place, countMax: Self.lengthDigitCountMax)
                guard digits.end > place else { return nil }
                byteCount = digits.number
                place = digits.end
            case .value:
                place = input.valueEnd(from: place, countMax: Self.valueByteCountMax)
            }
        }
        // What follows a gap begins with the end of its line, so that no value is folded.
        guard input.matches(rest.extracting(fixed...), at: place) else { return nil }
        place += rest.count - fixed
        guard byteCount <= input.count - place else { return nil }
        return Match(path: pathStart..<pathEnd, body: place..<place + byteCount)
    }
}

extension HTTPRequest {
    /// Whether nothing but the path, the body and values could be different in the next one like it.
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

    /// Where the digits from `start` on end, and their number.
    fileprivate func digitsEnd(from start: Int, countMax: Int) -> (end: Int, number: Int) {
        var (offset, number) = (start, 0)
        while offset < count, self[offset].isDigit, offset - start < countMax {
            number = number * 10 + Int(self[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        return (offset, number)
    }

    /// Where the field value from `start` on ends; a longer one is cut off.
    fileprivate func valueEnd(from start: Int, countMax: Int) -> Int {
        var offset = start
        while offset < count, self[offset].isFieldContent, offset - start < countMax { offset += 1 }
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
    fileprivate func matches(_ text: Span<UInt8>, at offset: Int) -> Bool {
        text.count <= count - offset
            && extracting(offset..<offset + text.count).isEqual(to: text)
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
