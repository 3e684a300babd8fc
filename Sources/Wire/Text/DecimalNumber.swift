/// A decimal number as text writes it: `significand * 10^exponent`, never a binary fraction.
///
/// Whole numbers keep every digit up to 2^53; of a fraction, digits that no longer fit are dropped.
package struct DecimalNumber: Hashable, Sendable {
    /// Zero may have either sign.
    package enum Sign: UInt8, Hashable, Sendable {
        case positive = 0
        case negative = 1
    }

    /// Every number stays below it, so that no reader of JSON loses digits.
    package static let wholeMax: UInt64 = 1 << 53 - 1

    package let sign: Sign
    package let significand: UInt64
    /// From -400 to 400.
    package let exponent: Int

    /// Reads JSON's number grammar (RFC 8259, 6), also with leading zeros. Nil for anything else
    /// and for numbers beyond 2^53.
    package init?(parsing text: ArraySlice<UInt8>) {
        var rest = text
        sign = rest.first == UInt8(ascii: "-") ? .negative : .positive
        if sign == .negative { rest = rest.dropFirst() }
        let whole = rest.prefix(while: \.isDigit)
        rest = rest.dropFirst(whole.count)
        guard !whole.isEmpty else { return nil }
        var significand: UInt64 = 0
        for digit in whole {
            significand = significand * 10 + UInt64(digit - UInt8(ascii: "0"))
            guard significand <= Self.wholeMax else { return nil }
        }
        var exponent = 0
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: \.isDigit)
            rest = rest.dropFirst(1 + fraction.count)
            guard !fraction.isEmpty else { return nil }
            for digit in fraction where significand < Self.wholeMax / 10 {
                significand = significand * 10 + UInt64(digit - UInt8(ascii: "0"))
                exponent -= 1
            }
        }
        if let mark = rest.first, mark.asciiLowercased == UInt8(ascii: "e") {
            guard let written = Self.exponent(rest.dropFirst()) else { return nil }
            exponent += written
            rest = rest.dropFirst(rest.count)
        }
        guard rest.isEmpty, (-400...400).contains(exponent) else { return nil }
        self.significand = significand
        self.exponent = significand == 0 ? 0 : exponent
        if exponent > 0, wholeMagnitude == nil { return nil }
    }

    private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
        guard digits.count <= 3, let value = digits.decimalValue else { return nil }
        return isNegative ? -Int(value) : Int(value)
    }

    /// The absolute value when it is whole and below 2^53.
    private var wholeMagnitude: UInt64? {
        var value = significand
        for _ in 0..<max(exponent, 0) {
            value *= 10
            guard value <= Self.wholeMax else { return nil }
        }
        for _ in 0..<max(-exponent, 0) {
            guard value % 10 == 0 else { return nil }
            value /= 10
        }
        return value
    }

    /// The value when it is whole, not negative and below 2^53.
    package var whole: UInt64? {
        guard let magnitude = wholeMagnitude, sign == .positive || magnitude == 0 else {
            return nil
        }
        return magnitude
    }

    /// The value when it is whole, and its magnitude below 2^53.
    package var integer: Int64? {
        guard let magnitude = wholeMagnitude else { return nil }
        return sign == .negative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// The product with a factor, its fraction dropped; nil when it is negative or beyond
    /// 64 bits.
    package func truncated(multipliedBy factor: UInt64) -> UInt64? {
        guard sign == .positive || significand == 0 else { return nil }
        var (high, low) = significand.multipliedFullWidth(by: factor)
        for _ in 0..<max(exponent, 0) {
            let (value, overflowed) = low.multipliedReportingOverflow(by: 10)
            guard high == 0, !overflowed else { return nil }
            low = value
        }
        for _ in 0..<max(-exponent, 0) {
            let (quotient, remainder) = high.quotientAndRemainder(dividingBy: 10)
            low = UInt64(10).dividingFullWidth((remainder, low)).quotient
            high = quotient
        }
        return high == 0 ? low : nil
    }
}
