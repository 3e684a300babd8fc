internal import Bytes

/// Base64 without padding, in either alphabet (RFC 4648, sections 4 and 5); canonical forms alone.
enum UnpaddedBase64 {
    enum Alphabet {
        case standard
        /// `-` and `_` stand for `+` and `/`.
        case url
    }

    static func encode(_ bytes: [UInt8], alphabet: Alphabet) -> [UInt8] {
        var text = Base64.encode(bytes)
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        guard alphabet == .url else { return text }
        return text.map { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: character
            }
        }
    }

    /// The bytes that the text stands for; nil where it has another character, padding, or bits
    /// that stand for nothing.
    static func decode(_ text: some Collection<UInt8>, alphabet: Alphabet) -> [UInt8]? {
        var padded: [UInt8] = []
        padded.reserveCapacity(text.count + 3)
        for character in text {
            switch (character, alphabet) {
            case (UInt8(ascii: "="), _): return nil
            case (UInt8(ascii: "+"), .url), (UInt8(ascii: "/"), .url): return nil
            case (UInt8(ascii: "-"), .url): padded.append(UInt8(ascii: "+"))
            case (UInt8(ascii: "_"), .url): padded.append(UInt8(ascii: "/"))
            default: padded.append(character)
            }
        }
        guard padded.count % 4 != 1 else { return nil }
        while padded.count % 4 != 0 { padded.append(UInt8(ascii: "=")) }
        return Base64.decode(padded)
    }
}
