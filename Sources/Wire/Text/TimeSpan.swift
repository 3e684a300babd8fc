/// A length of time as people and programs write it, in whole milliseconds.
package struct TimeSpan: Hashable, Comparable, Sendable {
    package static let zero = TimeSpan(milliseconds: 0)

    package let milliseconds: UInt64

    package init(milliseconds: UInt64) { self.milliseconds = milliseconds }

    package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// `500ms`, `30s`, `5m`, `1h`, `2d`, or seconds without a unit; decimal fractions are allowed
    /// and calculated exactly, what lies below a millisecond is dropped. Nil for anything else.
    package init?(parsing text: [UInt8]) {
        let digits = text[...].prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
        guard let unit = Self.unitMilliseconds(text[digits.endIndex...]),
            let number = DecimalNumber(parsing: digits)
        else { return nil }
        self.init(number, unitMilliseconds: unit)
    }

    /// Seconds as a JSON number; nil below zero.
    package init?(seconds: DecimalNumber) { self.init(seconds, unitMilliseconds: 1000) }

    private init?(_ number: DecimalNumber, unitMilliseconds: UInt64) {
        guard let milliseconds = number.truncated(multipliedBy: unitMilliseconds) else {
            return nil
        }
        self.init(milliseconds: milliseconds)
    }

    private static func unitMilliseconds(_ text: ArraySlice<UInt8>) -> UInt64? {
        if text.isEmpty || text.equals("s") { return 1000 }
        if text.equals("ms") { return 1 }
        if text.equals("m") { return 60_000 }
        if text.equals("h") { return 3_600_000 }
        if text.equals("d") { return 86_400_000 }
        return nil
    }

    /// Appends the span in seconds, with as many decimals as it needs: `15`, `0.5`, `1.234`.
    package func appendSeconds(to output: inout [UInt8]) {
        output.append(decimal: milliseconds / 1000)
        var rest = milliseconds % 1000
        guard rest > 0 else { return }
        output.append(".")
        var unit: UInt64 = 100
        while rest > 0 {
            output.append(UInt8(ascii: "0") + UInt8(rest / unit))
            rest %= unit
            unit /= 10
        }
    }
}
