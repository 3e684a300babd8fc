internal import Bytes
internal import Wire

/// Bytes as C writes them in a string literal, so that any of them can stand on a command line.
///
/// What is written here is read here again. Of C it differs in one thing: `\x` takes two
/// hexadecimal digits at most, as in printf(1), so that any character may follow.
package enum CEscapes {
    private static let backslash = UInt8(ascii: "\\")

    /// The letters after a backslash that stand for one byte (C17, 6.4.4.4).
    private static let letters: [(letter: UInt8, byte: UInt8)] = [
        (UInt8(ascii: "a"), 0x07), (UInt8(ascii: "b"), 0x08), (UInt8(ascii: "t"), 0x09),
        (UInt8(ascii: "n"), 0x0A), (UInt8(ascii: "v"), 0x0B), (UInt8(ascii: "f"), 0x0C),
        (UInt8(ascii: "r"), 0x0D), (UInt8(ascii: "\""), 0x22), (UInt8(ascii: "'"), 0x27),
        (UInt8(ascii: "?"), 0x3F), (UInt8(ascii: "\\"), 0x5C),
    ]

    /// The bytes that text stands for.
    package static func decode(_ text: [UInt8]) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            bytes.append(byte == backslash ? try takeEscape(&rest, of: text) : byte)
        }
        return bytes
    }

    /// What follows a backslash.
    private static func takeEscape(
        _ rest: inout ArraySlice<UInt8>,
        of text: [UInt8]
    ) throws(Failure) -> UInt8 {
        guard let letter = rest.first else {
            throw refusal(of: text, fault: "ends in a lone \\")
        }
        if let plain = letters.first(where: { $0.letter == letter }) {
            rest = rest.dropFirst()
            return plain.byte
        }
        let isHexadecimal = letter == UInt8(ascii: "x")
        if isHexadecimal { rest = rest.dropFirst() }
        let base: UInt16 = isHexadecimal ? 16 : 8
        let digits = rest.prefix(isHexadecimal ? 2 : 3)
            .prefix { Hexadecimal.digit($0).map { UInt16($0) < base } ?? false }
        guard !digits.isEmpty else {
            throw refusal(of: text, fault: "has an escape that stands for nothing")
        }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(UInt16(0)) { $0 * base + UInt16(Hexadecimal.digit($1) ?? 0) }
        guard let byte = UInt8(exactly: value) else {
            throw refusal(of: text, fault: "has an octal number above \\377")
        }
        return byte
    }

    private static func refusal(of text: [UInt8], fault: String) -> Failure {
        .usage(
            "'\(TerminalText.prose(String(decoding: text, as: UTF8.self)))' \(fault)",
            hint: #"write \\ for a backslash, \n, \t, \0, \xHH or up to three octal digits"#
        )
    }

    /// Text on which a terminal acts in no way, and that `decode` makes the same bytes of.
    ///
    /// What is valid UTF-8 and shown as it is stays as it is.
    package static func text(of bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        guard bytes.span.isValidUTF8 else { return bytes.map(escaped).joined() }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.map { scalar in
            if scalar.isASCII { return escaped(UInt8(scalar.value)) }
            guard TerminalText.isControl(scalar) else { return String(scalar) }
            return String(scalar).utf8.map(escaped).joined()
        }.joined()
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 0x09: return "\\t"
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case backslash: return "\\\\"
        case 0x20...0x7E: return String(UnicodeScalar(byte))
        default:
            let digits = String(byte, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }
    }
}
