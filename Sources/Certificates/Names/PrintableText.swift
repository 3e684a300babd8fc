internal import Bytes

/// Bytes of a name from outside as text that is safe to show.
package enum PrintableText {
    /// The bytes from space to tilde stand for themselves, others and the backslash as `\xHH`.
    package static func of(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            let isPlain = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "\\")
            if isPlain {
                text.append(byte)
            } else {
                text += Array("\\x".utf8) + Hexadecimal.encode([byte])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
