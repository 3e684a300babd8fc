/// Where the parts of an HTTP/1.1 message lie in a buffer: as much as has to be known to find its
/// end and to tell success from failure.
///
/// Wire's parsers check and keep what they read, for which they allocate; this one only finds its
/// way, about a third of a nanosecond a byte.
package struct MessageHead: Hashable, Sendable {
    /// How the body's end is found (RFC 9112, 6.3).
    package enum Framing: Hashable, Sendable {
        case length(Int)
        case chunked
        /// Neither field: a request ends with its head.
        case none
    }

    /// What a look at bytes came to.
    package enum Finding: Hashable, Sendable {
        /// The head has not arrived whole.
        case incomplete
        case head(MessageHead)
    }

    /// The status of a response; 0 where the bytes are no response.
    package let status: Int
    package let framing: Framing
    /// The offset after the empty line.
    package let end: Int

    /// Looks for the head of the message that begins at `start`.
    ///
    /// - Complexity: O(*n*), eight bytes at a time.
    package static func find(_ input: Span<UInt8>, from start: Int, to end: Int) -> Finding {
        var line = start
        var framing = Framing.none
        while let feed = input.lineFeed(from: line, to: end) {
            if feed <= line + 1 {
                let status = statusCode(input, at: start, to: end)
                return .head(MessageHead(status: status, framing: framing, end: feed + 1))
            }
            switch input[line] | 0x20 {
            case UInt8(ascii: "c"):
                if let length = length(input, line: line..<feed) { framing = .length(length) }
            case UInt8(ascii: "t"):
                if matches("transfer-encoding:", input: input, line: line..<feed) {
                    framing = .chunked
                }
            default: break
            }
            line = feed + 1
        }
        return .incomplete
    }

    /// The three digits after `HTTP/1.1 `.
    private static func statusCode(_ input: Span<UInt8>, at start: Int, to end: Int) -> Int {
        guard start + 12 <= end, input[start] == UInt8(ascii: "H"),
            let code = number(input, range: start + 9..<start + 12)
        else { return 0 }
        return code
    }

    private static func length(_ input: Span<UInt8>, line: Range<Int>) -> Int? {
        let name: StaticString = "content-length:"
        guard matches(name, input: input, line: line) else { return nil }
        var start = line.lowerBound + name.utf8CodeUnitCount
        while start < line.upperBound, input[start] == UInt8(ascii: " ") { start += 1 }
        return number(input, range: start..<line.upperBound)
    }

    /// The number that the digits at the beginning of a range write; nil when there is none, or it
    /// is beyond fifteen digits.
    static func number(_ input: Span<UInt8>, range: Range<Int>) -> Int? {
        var value = 0
        var place = range.lowerBound
        while place < range.upperBound, input[place] &- UInt8(ascii: "0") < 10 {
            guard place - range.lowerBound < 15 else { return nil }
            value = value * 10 + Int(input[place] - UInt8(ascii: "0"))
            place += 1
        }
        return place == range.lowerBound ? nil : value
    }

    /// Whether a line begins with a field's name, which is given in lower case.
    private static func matches(
        _ name: StaticString,
        input: Span<UInt8>,
        line: Range<Int>
    ) -> Bool {
        guard line.count >= name.utf8CodeUnitCount else { return false }
        for offset in 0..<name.utf8CodeUnitCount
        where unsafe input[line.lowerBound + offset] | 0x20 != name.utf8Start[offset] | 0x20 {
            return false
        }
        return true
    }

    /// The number after the first occurrence of `name` in a range: a member of compact JSON.
    package static func number(
        after name: StaticString,
        input: Span<UInt8>,
        range: Range<Int>
    ) -> Int? {
        place(after: name, input: input, range: range).flatMap {
            number(input, range: $0..<range.upperBound)
        }
    }

    /// The offset after the first occurrence of `name` in a range.
    package static func place(
        after name: StaticString,
        input: Span<UInt8>,
        range: Range<Int>
    ) -> Int? {
        let count = name.utf8CodeUnitCount
        var start = range.lowerBound
        while start + count <= range.upperBound {
            var matched = 0
            while matched < count, unsafe input[start + matched] == name.utf8Start[matched] {
                matched += 1
            }
            if matched == count { return start + count }
            start += 1
        }
        return nil
    }
}

extension Span<UInt8> {
    /// The offset of the first line feed in a range ("Bit Twiddling Hacks", determine if a word has
    /// a zero byte: the lowest hit is exact).
    fileprivate func lineFeed(from start: Int, to end: Int) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var offset = start
        while offset + 8 <= end {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let lines = word ^ (ones &* 0x0A)
            let hits = (lines &- ones) & ~lines & tops
            if hits != 0 { return offset + hits.littleEndian.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < end {
            if self[offset] == 0x0A { return offset }
            offset += 1
        }
        return nil
    }
}
