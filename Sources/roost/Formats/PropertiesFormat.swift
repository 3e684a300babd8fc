internal import Bytes
internal import Wire

/// Properties files as Java's `Properties.load` reads them: `db.host=…` for `/db/host`.
///
/// A dot or a percent sign within a segment is percent-encoded; the root is the empty name.
enum PropertiesFormat {
    private static let dot = UInt8(ascii: ".")
    private static let percent = UInt8(ascii: "%")

    // MARK: - Writing

    static func text(of leaves: [TreeLeaf]) -> [UInt8] {
        var output: [UInt8] = []
        for leaf in leaves.sorted(by: { $0.precedes($1) }) {
            appendEscaped(name(of: leaf.segments), blanks: .all, to: &output)
            output.append(UInt8(ascii: "="))
            appendEscaped(MarkedValue.text(of: leaf.value), blanks: .leading, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
        return output
    }

    private static func name(of segments: [ArraySlice<UInt8>]) -> [UInt8] {
        let names = segments.map { segment in
            segment.flatMap { byte in
                byte == dot ? Array("%2e".utf8) : byte == percent ? Array("%25".utf8) : [byte]
            }
        }
        return Array(names.joined(separator: [dot]))
    }

    /// Which blanks are escaped.
    private enum Blanks { case all, leading }

    private static func appendEscaped(
        _ text: [UInt8],
        blanks: Blanks,
        to output: inout [UInt8]
    ) {
        for (place, scalar) in String(decoding: text, as: UTF8.self).unicodeScalars.enumerated() {
            switch scalar {
            case "\n": output.append("\\n")
            case "\r": output.append("\\r")
            case "\t": output.append("\\t")
            case "\u{0C}": output.append("\\f")
            case "\\": output.append("\\\\")
            case " " where blanks == .all || place == 0: output.append("\\ ")
            case "=", ":", "#", "!":
                if blanks == .all || place == 0 { output.append("\\") }
                output.append(scalar: scalar)
            case "\u{20}"..."\u{7E}": output.append(scalar: scalar)
            default:
                for unit in String(scalar).utf16 {
                    output.append("\\u", code: UInt32(unit), digitCount: 4)
                }
            }
        }
    }

    // MARK: - Reading

    static func leaves(in text: [UInt8]) throws(FormatFault) -> [TreeLeaf] {
        var cursor = FormatCursor(text)
        var gathering = TreeGathering(text)
        while true {
            skipBlankLines(&cursor)
            guard !cursor.isAtEnd else { return gathering.leaves }
            guard cursor.next != UInt8(ascii: "#"), cursor.next != UInt8(ascii: "!") else {
                _ = cursor.takeLine()
                continue
            }
            let start = cursor.offset
            let name = try takeText(&cursor) { "=: \t\u{0C}".utf8.contains($0) }
            skipSeparators(&cursor)
            if cursor.take("=") || cursor.take(":") { skipSeparators(&cursor) }
            let value = try takeText(&cursor) { _ in false }
            let names = try segments(of: name, in: cursor, at: start)
            try gathering.add(names, value: value, at: start)
        }
    }

    private static func skipBlankLines(_ cursor: inout FormatCursor) {
        _ = cursor.takeWhile { " \t\u{0C}\r\n".utf8.contains($0) }
    }

    /// Blanks, and ends of lines that are continued.
    private static func skipSeparators(_ cursor: inout FormatCursor) {
        while true {
            _ = cursor.takeWhile { " \t\u{0C}".utf8.contains($0) }
            var ahead = cursor
            guard ahead.take("\\"), !ahead.isAtEnd, takeLineEnd(&ahead) else { return }
            cursor = ahead
        }
    }

    private static func takeLineEnd(_ cursor: inout FormatCursor) -> Bool {
        let hasReturn = cursor.take("\r")
        return cursor.take("\n") || hasReturn
    }

    /// Text with its escapes, up to what ends it or the end of its line.
    private static func takeText(
        _ cursor: inout FormatCursor,
        until isEnd: (UInt8) -> Bool
    ) throws(FormatFault) -> [UInt8] {
        var text: [UInt8] = []
        while let byte = cursor.next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r"),
            !isEnd(byte)
        {
            cursor.offset += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            try takeEscape(&cursor, into: &text)
        }
        return text
    }

    private static func takeEscape(
        _ cursor: inout FormatCursor,
        into text: inout [UInt8]
    ) throws(FormatFault) {
        if takeLineEnd(&cursor) {
            _ = cursor.takeWhile { " \t\u{0C}".utf8.contains($0) }
            return
        }
        guard let byte = cursor.takeByte() else { return }
        switch byte {
        case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "r"): text.append(UInt8(ascii: "\r"))
        case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): text.append(scalar: try takeUnits(&cursor))
        default: text.append(byte)
        }
    }

    /// One unit of UTF-16, or two that are a pair.
    private static func takeUnits(
        _ cursor: inout FormatCursor
    ) throws(FormatFault) -> Unicode.Scalar {
        let start = cursor.offset - 2
        let first = try cursor.takeNumber(digitCount: 4)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, cursor.take("\\"), cursor.take("u") else {
            throw cursor.fault("half a surrogate pair", at: start)
        }
        let second = try cursor.takeNumber(digitCount: 4)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw cursor.fault("half a surrogate pair", at: start) }
        return scalar
    }

    private static func segments(
        of name: [UInt8],
        in cursor: FormatCursor,
        at start: Int
    ) throws(FormatFault) -> [[UInt8]] {
        guard !name.isEmpty else { return [] }
        var segments: [[UInt8]] = []
        for part in name.split(separator: dot, omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw cursor.fault("a name is empty", at: start) }
            var inner = FormatCursor(Array(part))
            var segment: [UInt8] = []
            while let byte = inner.takeByte() {
                guard byte == percent else {
                    segment.append(byte)
                    continue
                }
                do throws(FormatFault) {
                    segment.append(UInt8(truncatingIfNeeded: try inner.takeNumber(digitCount: 2)))
                } catch { throw cursor.fault("a percent sign in a name is %25", at: start) }
            }
            guard segment.span.isValidUTF8 else {
                throw cursor.fault("the name is not valid UTF-8", at: start)
            }
            segments.append(segment)
        }
        return segments
    }
}
