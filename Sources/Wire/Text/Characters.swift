internal import Bytes

/// The character classes of RFC 9110 and the ASCII arithmetic of the parsers.
extension UInt8 {
    /// The letter in lower case; everything else as it is.
    var asciiLowercased: UInt8 {
        self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
    }

    /// `0` to `9`.
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// Space or tab: optional white space (RFC 9110, 5.6.3).
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    /// A character of a field value: visible, blank, or above ASCII (RFC 9110, 5.5).
    var isFieldContent: Bool { self >= 0x20 && self != 0x7F || self == UInt8(ascii: "\t") }

    /// A character of a token (RFC 9110, 5.6.2).
    var isToken: Bool {
        self < 128
            && (self < 64 ? Self.tokenBits.0 : Self.tokenBits.1) >> UInt64(self & 63) & 1 == 1
    }

    /// A character of a target as sent: visible, or above ASCII as careless clients send it; no
    /// fragment.
    var isTarget: Bool { self > 0x20 && self != 0x7F && self != UInt8(ascii: "#") }

    /// A bit for each character below 128: letters, digits and ``!#$%&'*+-.^_`|~``.
    private static let tokenBits: (UInt64, UInt64) = (
        0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE
    )
}

extension StaticString {
    /// The text's bytes, which live as long as the program.
    var bytes: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}

extension [UInt8] {
    /// Appends text that is known when the program is built.
    package mutating func append(_ text: StaticString) { unsafe append(contentsOf: text.bytes) }

    /// Appends two bytes without the copy of a buffer.
    @inline(__always)
    mutating func append(_ first: UInt8, then second: UInt8) {
        append(first)
        append(second)
    }

    /// Appends a number in decimal digits.
    package mutating func append(decimal value: UInt64) {
        append(addingCapacity: OutputSpan.decimalByteCountMax) { $0.append(decimal: value) }
    }
}

extension OutputSpan<UInt8> {
    /// The most digits of a number of 64 bits.
    static let decimalByteCountMax = 20

    /// Appends a number in decimal digits.
    package mutating func append(decimal value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var place = Self.decimalByteCountMax
        var rest = value
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            place -= 1
            digits[place] += UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        append(digits.span.extracting(place...))
    }

    /// Appends text that is known when the program is built; there must be room for it.
    package mutating func append(_ text: StaticString) { unsafe append(copying: text.bytes) }

    /// Appends bytes; there must be room for them.
    package mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(copying: $0) }
    }

    private mutating func append(copying bytes: UnsafeBufferPointer<UInt8>) {
        invariant(bytes.count <= freeCapacity, "no room for \(bytes.count) bytes")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            let end = count + bytes.count
            _ = unsafe buffer[count..<end].initialize(fromContentsOf: bytes)
            count = end
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes are those of `text`.
    func elementsEqual(_ text: String.UTF8View) -> Bool {
        guard count == text.count else { return false }
        return zip(indices, text).allSatisfy { self[$0] == $1 }
    }
}

extension Span<UInt8> {
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let text = unsafe text.bytes
        for offset in 0..<count where unsafe self[offset] != text[offset] { return false }
        return true
    }

    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        let text = unsafe text.bytes
        for offset in 0..<count where unsafe self[offset].asciiLowercased != text[offset] {
            return false
        }
        return true
    }

    var decimalValue: UInt64? {
        guard (1...19).contains(count) else { return nil }
        var value: UInt64 = 0
        for offset in 0..<count {
            guard self[offset].isDigit else { return nil }
            value = value * 10 + UInt64(self[offset] - UInt8(ascii: "0"))
        }
        return value
    }
}

// Concrete, not generic over collections: a generic of another module is not specialised.

extension [UInt8] {
    /// Whether the bytes are exactly `text`.
    package func equals(_ text: StaticString) -> Bool { span.equals(text) }

    /// Whether the bytes are `text`, ASCII letters of either case counting as equal.
    ///
    /// - Parameter text: in lower case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool { span.equalsIgnoringCase(text) }

    /// The number that one to nineteen decimal digits write, nil for anything else.
    package var decimalValue: UInt64? { span.decimalValue }
}

extension ArraySlice<UInt8> {
    /// Whether the bytes are exactly `text`.
    package func equals(_ text: StaticString) -> Bool { span.equals(text) }

    /// Whether the bytes are `text`, ASCII letters of either case counting as equal.
    ///
    /// - Parameter text: in lower case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool { span.equalsIgnoringCase(text) }

    /// The number that one to nineteen decimal digits write, nil for anything else.
    package var decimalValue: UInt64? { span.decimalValue }
}

extension ArraySlice<UInt8> {
    /// The slice without blanks at either end.
    package var trimmingBlanks: ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first.isBlank { slice.removeFirst() }
        while let last = slice.last, last.isBlank { slice.removeLast() }
        return slice
    }
}
