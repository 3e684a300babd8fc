internal import Bytes
internal import Wire

/// Goes through a file byte by byte, and knows where it is.
struct FormatCursor {
    let text: [UInt8]
    var offset = 0

    init(_ text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { offset >= text.count }

    /// The byte at the cursor, nil at the end.
    var next: UInt8? { offset < text.count ? text[offset] : nil }

    /// Whether a line ends here, or the file.
    var isAtLineEnd: Bool {
        guard let next else { return true }
        return next == UInt8(ascii: "\n") || isAtCarriageReturn
    }

    /// A carriage return right before a line feed belongs to the end of the line.
    private var isAtCarriageReturn: Bool {
        text[offset] == UInt8(ascii: "\r") && offset + 1 < text.count
            && text[offset + 1] == UInt8(ascii: "\n")
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        offset += 1
        return true
    }

    mutating func takeByte() -> UInt8? {
        guard let byte = next else { return nil }
        offset += 1
        return byte
    }

    mutating func takeWhile(_ isTaken: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = offset
        while let next, isTaken(next) { offset += 1 }
        return text[start..<offset]
    }

    mutating func skipBlanks() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { offset += 1 }
    }

    /// What is left of the line, without its end.
    mutating func takeLine() -> ArraySlice<UInt8> {
        let start = offset
        while !isAtLineEnd { offset += 1 }
        return text[start..<offset]
    }

    /// Goes past the end of a line; only blanks and a comment may come before it.
    mutating func endLine() throws(FormatFault) {
        skipBlanks()
        if next == UInt8(ascii: "#") { _ = takeLine() }
        guard isAtLineEnd else { throw fault("something follows the value") }
        _ = take("\r")
        _ = take("\n")
    }

    func fault(_ what: String) -> FormatFault { FormatFault(what, at: offset, in: text) }

    func fault(_ what: String, at offset: Int) -> FormatFault {
        FormatFault(what, at: offset, in: text)
    }

    /// The character that so many hexadecimal digits number.
    mutating func takeCode(digitCount: Int) throws(FormatFault) -> Unicode.Scalar {
        let start = offset
        guard let scalar = Unicode.Scalar(try takeNumber(digitCount: digitCount)) else {
            throw fault("there is no such character", at: start)
        }
        return scalar
    }

    mutating func takeNumber(digitCount: Int) throws(FormatFault) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<digitCount {
            guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }),
                next?.isASCIIByte == true
            else { throw fault("\(digitCount) hexadecimal digits are missing") }
            number = number << 4 | UInt32(digit)
            offset += 1
        }
        return number
    }
}

extension UInt8 {
    var isASCIIByte: Bool { self < 0x80 }
    var isASCIILetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
}

extension [UInt8] {
    mutating func append(scalar: Unicode.Scalar) { append(contentsOf: Array(String(scalar).utf8)) }

    /// Appends `prefix` and a number in so many hexadecimal digits.
    mutating func append(_ prefix: StaticString, code: UInt32, digitCount: Int) {
        append(prefix)
        for place in (0..<digitCount).reversed() {
            let digit = UInt8(truncatingIfNeeded: code >> UInt32(4 * place)) & 15
            append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
