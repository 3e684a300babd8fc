/// How JSON is spread over lines.
package enum JSONLayout: UInt8, Hashable, Sendable {
    /// On one line, as `JSONWriter` writes it.
    case compact = 0
    /// One member or element a line, two blanks a level, down to `indentedDepthMax`: for people.
    case indented = 1

    /// What lies deeper stays on one line: a tree may be thousands of levels deep, and its
    /// indentation would be thousands of times as long as itself.
    fileprivate static let indentedDepthMax = 16
}

extension [UInt8] {
    /// Compact JSON, a line feed at its end or not, with a member or element a line.
    ///
    /// - Complexity: O(*n*)
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
                let before = place > 0 ? self[place - 1] : 0
                let isEmpty = before == UInt8(ascii: "{") || before == UInt8(ascii: "[")
                if !isEmpty { output.appendLine(depth: depth, indentation: depth - 1) }
                depth -= 1
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                output.appendLine(depth: depth)
            case UInt8(ascii: ":"): output.append(byte, then: UInt8(ascii: " "))
            default:
                output.append(byte)
                text.pass(byte)
            }
        }
        return output
    }

    /// The same JSON without the blanks and line ends between its parts; nil for what is not JSON
    /// as `JSONValue` reads it.
    ///
    /// - Complexity: that of parsing it
    package var compactJSON: [UInt8]? {
        guard (try? JSONValue(parsing: self)) != nil else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(count)
        var text = TextPlace.outside
        for byte in self {
            let isBlank = byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
            if text == .outside, isBlank { continue }
            output.append(byte)
            text.pass(byte)
        }
        return output
    }

    /// Begins a line between two elements at a depth, or after the last of them.
    private mutating func appendLine(depth: Int, indentation: Int? = nil) {
        guard depth <= JSONLayout.indentedDepthMax else { return }
        append(UInt8(ascii: "\n"))
        for _ in 0..<Swift.max(indentation ?? depth, 0) {
            append(UInt8(ascii: " "), then: UInt8(ascii: " "))
        }
    }
}

/// Whether the next byte of JSON belongs to a string.
private enum TextPlace {
    case outside
    case inside
    /// After a backslash.
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
