/// Text that cannot steer a terminal: the one place that decides what is printed as it stands.
///
/// What could move the cursor, end a line or turn the order of what is read is shown as JSON
/// escapes it: C0 and C1 controls (ECMA-48), DEL, the line separators, and the controls of Unicode's
/// bidirectional algorithm (UAX 9, section 2).
package enum TerminalText {
    /// Whether a terminal may act on the character instead of showing it.
    package static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// A name or a value as one word of a line: as it is where a terminal shows it as it is, else
    /// as a JSON string whose every control is escaped.
    ///
    /// Bytes that are not UTF-8 are shown as U+FFFD.
    package static func word(_ bytes: some Collection<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        if bytes.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var writer = JSONWriter()
        writer.string(Array(text.utf8))
        return prose(String(decoding: writer.output, as: UTF8.self))
    }

    /// One line, every control in it escaped in its place.
    package static func prose(_ text: String) -> String { escaped(text, keeping: []) }

    /// JSON of one or more lines, what stands in its strings escaped; its meaning stays.
    package static func document(_ bytes: [UInt8]) -> [UInt8] {
        Array(escaped(String(decoding: bytes, as: UTF8.self), keeping: ["\n", "\r", "\t"]).utf8)
    }

    private static func escaped(_ text: String, keeping layout: Set<Unicode.Scalar>) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar), !layout.contains(scalar) {
                safe += escape(scalar)
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    /// As JSON writes it (RFC 8259, section 7).
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }
}

extension JSONValue {
    /// One line for people: a string as a word, anything else as JSON.
    package var plainText: String {
        switch self {
        case .string(let bytes): return TerminalText.word(bytes)
        case .null: return "-"
        default:
            var writer = JSONWriter()
            writer.value(self)
            return TerminalText.prose(String(decoding: writer.output, as: UTF8.self))
        }
    }
}
