/// How JSON is spread over lines.
package enum JSONLayout: UInt8, Hashable, Sendable {
    /// On one line, as `JSONWriter` writes it.
    case compact = 0
    /// A member or element a line, two blanks a level: for people.
    case indented = 1
}

extension [UInt8] {
    /// Compact JSON, a line feed at its end or not, with a member or element a line.
    ///
    /// - Complexity: O(*n* · depth)
    package var indentedJSON: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(2 * count)
        var depth = 0
        var text = TextPlace.outside
        for (place, byte) in enumerated() {
            guard text == .outside else {
                output.append(byte)
                text.pass(byte)
                continue
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                output.append(byte)
                depth += 1
                let next = place + 1 < count ? self[place + 1] : 0
                let isEmpty = next == UInt8(ascii: "}") || next == UInt8(ascii: "]")
                if !isEmpty { output.appendLine(depth: depth) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                let before = place > 0 ? self[place - 1] : 0
                let isEmpty = before == UInt8(ascii: "{") || before == UInt8(ascii: "[")
                if !isEmpty { output.appendLine(depth: depth) }
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                output.appendLine(depth: depth)
            case UInt8(ascii: ":"): output.append(byte, UInt8(ascii: " "))
            default:
                output.append(byte)
                text.pass(byte)
            }
        }
        return output
    }

    private mutating func appendLine(depth: Int) {
        append(UInt8(ascii: "\n"))
        for _ in 0..<Swift.max(depth, 0) { append(UInt8(ascii: " "), UInt8(ascii: " ")) }
    }
}

/// Whether the next byte of JSON belongs to a string.
private enum TextPlace {
    case outside
    case inside
    /// Behind a backslash.
    case escaped

    mutating func pass(_ byte: UInt8) {
        switch (self, byte) {
        case (.outside, UInt8(ascii: "\"")): self = .inside
        case (.inside, UInt8(ascii: "\"")): self = .outside
        case (.inside, UInt8(ascii: "\\")): self = .escaped
        case (.escaped, _): self = .inside
        default: break
        }
    }
}
