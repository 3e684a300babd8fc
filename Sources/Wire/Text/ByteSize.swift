internal import Bytes

/// A number of bytes as people write it.
package struct ByteSize: Hashable, Sendable {
    package let byteCount: UInt64

    /// Digits, and `KiB`, `MiB` or `GiB` after them if that is the unit. Nil for anything else,
    /// and beyond 64 bits.
    package init?(parsing text: [UInt8]) {
        let digits = text[...].prefix(while: \.isDigit)
        guard let number = digits.decimalValue,
            let shift = Self.shift(text[digits.endIndex...]), number <= .max >> shift
        else { return nil }
        byteCount = number << shift
    }

    private static func shift(_ unit: ArraySlice<UInt8>) -> UInt64? {
        if unit.isEmpty { return 0 }
        if unit.equals("KiB") { return 10 }
        if unit.equals("MiB") { return 20 }
        if unit.equals("GiB") { return 30 }
        return nil
    }
}
