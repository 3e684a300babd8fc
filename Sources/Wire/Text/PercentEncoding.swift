internal import Bytes

/// Why a part of a target can't be decoded; offsets count from the part's start.
package enum TargetError: Error, Hashable, Sendable {
    /// A `%` that two hexadecimal digits do not follow.
    case malformedEscape(at: Int)
    /// `%2F` within a path segment: no segment holds a slash.
    case encodedSlash(at: Int)
}

/// Percent-encoding (RFC 3986, 2.1).
package enum PercentEncoding {
    /// Decodes a path: `+` stays a plus, `%2F` is refused.
    package static func decodePath(
        _ text: ArraySlice<UInt8>
    ) throws(TargetError) -> [UInt8] {
        guard text.contains(UInt8(ascii: "%")) else { return Array(text) }
        return try decode(text) { (byte, offset) throws(TargetError) in
            if byte == UInt8(ascii: "/") { throw .encodedSlash(at: offset) }
        }
    }

    /// Decodes a name or value of a query: `+` is a space.
    package static func decodeQuery(
        _ text: ArraySlice<UInt8>
    ) throws(TargetError) -> [UInt8] {
        var text = text
        while let plus = text.firstIndex(of: UInt8(ascii: "+")) {
            text[plus] = UInt8(ascii: " ")
        }
        guard text.contains(UInt8(ascii: "%")) else { return Array(text) }
        return try decode(text) { (_, _) throws(TargetError) in }
    }

    /// Decodes a header's value, such as a lock's name: neither `+` nor `%2F` is special.
    package static func decode(_ text: ArraySlice<UInt8>) throws(TargetError) -> [UInt8] {
        try decode(text) { (_, _) throws(TargetError) in }
    }

    private static func decode(
        _ text: ArraySlice<UInt8>,
        check: (UInt8, Int) throws(TargetError) -> Void
    ) throws(TargetError) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var offset = text.startIndex
        while offset < text.endIndex {
            guard text[offset] == UInt8(ascii: "%") else {
                output.append(text[offset])
                offset += 1
                continue
            }
            guard offset + 2 < text.endIndex, let high = Hexadecimal.digit(text[offset + 1]),
                let low = Hexadecimal.digit(text[offset + 2])
            else { throw .malformedEscape(at: offset - text.startIndex) }
            let byte = high << 4 | low
            try check(byte, offset - text.startIndex)
            output.append(byte)
            offset += 3
        }
        return output
    }

    /// Appends a path, its slashes kept, so that it can be part of a URL.
    package static func append(path: some Collection<UInt8>, to output: inout [UInt8]) {
        for byte in path { append(byte, unescaped: byte == UInt8(ascii: "/"), to: &output) }
    }

    /// Appends one segment, or a query's name or value: slashes are encoded too.
    package static func append(component: some Collection<UInt8>, to output: inout [UInt8]) {
        for byte in component { append(byte, unescaped: false, to: &output) }
    }

    private static func append(_ byte: UInt8, unescaped: Bool, to output: inout [UInt8]) {
        if unescaped || byte.isUnreserved {
            output.append(byte)
        } else {
            output.append(UInt8(ascii: "%"))
            for digit in [byte >> 4, byte & 15] {
                let base = digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "A") - 10
                output.append(base + digit)
            }
        }
    }
}

extension UInt8 {
    /// RFC 3986, 2.3: never needs encoding.
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
