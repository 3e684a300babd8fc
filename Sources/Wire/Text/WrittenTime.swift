/// A point in time as people write it: `2026-11-28T10:00`, seconds, their fraction and the zone
/// being optional (RFC 3339, and what ISO 8601 lets one leave out).
package struct WrittenTime: Hashable, Sendable {
    /// Where on earth it is that time.
    package enum Zone: Hashable, Sendable {
        /// So many minutes ahead of UTC.
        case offset(minutes: Int)
        /// Nothing is said: where whoever wrote it is.
        case local
    }

    package let year: UInt64
    /// From 1.
    package let month: UInt64
    /// From 1; one that the month has.
    package let day: UInt64
    package let hour: UInt64
    package let minute: UInt64
    package let second: UInt64
    package let millisecond: UInt64
    package let zone: Zone

    /// Reads `YYYY-MM-DD`, then a `T` or a blank and `HH:MM` or `HH:MM:SS` with a fraction of a
    /// second, whose digits beyond the third are dropped, then `Z` or `+HH:MM`; nil for anything
    /// else, and for what is before 1970.
    package init?(parsing text: [UInt8]) {
        var reader = TimeReader(rest: text[...])
        guard let year = reader.number(digitCount: 4), reader.take("-"),
            let month = reader.number(digitCount: 2), reader.take("-"),
            let day = reader.number(digitCount: 2),
            CivilDate(year: year, month: month, day: day) != nil,
            let time = reader.timeOfDay(), time.hour < 24, time.minute < 60, time.second < 60,
            let zone = reader.zone()
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (hour, minute, second, millisecond) = time
        self.zone = zone
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; nil where the zone is the reader's own, and before
    /// 1970.
    package var unixMilliseconds: UInt64? {
        guard case .offset(let minutes) = zone,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let there = (date.days * 24 + hour) * 60 + minute
        guard let minute = UInt64(exactly: Int(there) - minutes) else { return nil }
        return (minute * 60 + second) * 1000 + millisecond
    }
}

/// Takes the parts of a written time off its beginning.
private struct TimeReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(digitCount: Int) -> UInt64? {
        let digits = rest.prefix(digitCount)
        guard digits.count == digitCount, let value = digits.decimalValue else { return nil }
        rest = rest.dropFirst(digitCount)
        return value
    }

    /// Midnight where nothing follows the date.
    mutating func timeOfDay() -> (hour: UInt64, minute: UInt64, second: UInt64, UInt64)? {
        if rest.isEmpty { return (0, 0, 0, 0) }
        guard take("T") || take("t") || take(" "), let hour = number(digitCount: 2), take(":"),
            let minute = number(digitCount: 2)
        else { return nil }
        guard take(":") else { return (hour, minute, 0, 0) }
        guard let second = number(digitCount: 2) else { return nil }
        guard take(".") else { return (hour, minute, second, 0) }
        let digits = rest.prefix { $0.isDigit }
        guard (1...9).contains(digits.count) else { return nil }
        rest = rest[digits.endIndex...]
        let padded = Array(digits.prefix(3)) + [UInt8](repeating: 0x30, count: 3)
        return (hour, minute, second, padded[..<3].decimalValue ?? 0)
    }

    /// Everything that is left.
    mutating func zone() -> WrittenTime.Zone? {
        if rest.isEmpty { return .local }
        if take("Z") || take("z") { return rest.isEmpty ? .offset(minutes: 0) : nil }
        let isAhead = rest.first == UInt8(ascii: "+")
        guard take("+") || take("-"), let hours = number(digitCount: 2), take(":"),
            let minutes = number(digitCount: 2), rest.isEmpty, hours < 24, minutes < 60
        else { return nil }
        let offset = Int(hours * 60 + minutes)
        return .offset(minutes: isAhead ? offset : -offset)
    }
}
