internal import Bytes
internal import Wire

/// Text in double quotes with escapes, as YAML (1.2.2, section 5.7) and TOML (1.0.0) both read it.
enum QuotedText {
    /// Appends the text, in quotes.
    ///
    /// - Parameter text: valid UTF-8.
    static func append(_ text: [UInt8], to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": output.append("\\\"")
            case "\\": output.append("\\\\")
            case "\n": output.append("\\n")
            case "\r": output.append("\\r")
            case "\t": output.append("\\t")
            case _ where isEscaped(scalar):
                output.append("\\u", code: scalar.value, digitCount: 4)
            default: output.append(scalar: scalar)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    /// What is not shown, or what some reader takes for the end of a line.
    static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        TerminalText.isControl(scalar) || scalar == "\u{FEFF}" || (0xFFFE...0xFFFF) ~= scalar.value
    }

    /// Reads what comes after the opening quote, up to and with the closing one; on one line.
    static func take(_ cursor: inout FormatCursor) throws(FormatFault) -> [UInt8] {
        let start = cursor.offset - 1
        var text: [UInt8] = []
        while !cursor.isAtLineEnd, let byte = cursor.takeByte() {
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"): text.append(scalar: try takeEscape(&cursor))
            case ..<0x20 where byte != UInt8(ascii: "\t"):
                throw cursor.fault("a control character must be escaped", at: cursor.offset - 1)
            default: text.append(byte)
            }
        }
        throw cursor.fault("the quote is not closed on its line", at: start)
    }

    private static func takeEscape(
        _ cursor: inout FormatCursor
    ) throws(FormatFault) -> Unicode.Scalar {
        switch cursor.takeByte() {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "e"): return "\u{1B}"
        case UInt8(ascii: "0"): return "\u{00}"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "x"): return try cursor.takeCode(digitCount: 2)
        case UInt8(ascii: "u"): return try cursor.takeCode(digitCount: 4)
        case UInt8(ascii: "U"): return try cursor.takeCode(digitCount: 8)
        default: throw cursor.fault("the escape is unknown", at: cursor.offset - 1)
        }
    }
}
