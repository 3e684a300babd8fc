/// A day of the proleptic Gregorian calendar, and the times of day that are written with it.
struct CivilDate: Hashable {
    /// The last millisecond of the year 9999: later times are shown as this one.
    static let lastMilliseconds: UInt64 = 253_402_300_799_999

    let year: UInt64
    /// From 1.
    let month: UInt64
    /// From 1.
    let day: UInt64

    /// Nil for a day that no calendar has, or that is before 1970.
    init?(year: UInt64, month: UInt64, day: UInt64) {
        guard year >= 1970, (1...12).contains(month), (1...31).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
        guard CivilDate(days: days) == self else { return nil }
    }

    /// Days since 1970-01-01: the inverse of `init(days:)`.
    var days: UInt64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = yearFromMarch.quotientAndRemainder(dividingBy: 400)
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date of a day number, counted in eras of 400 years that begin in March (Hinnant,
    /// "chrono-compatible low-level date algorithms").
    ///
    /// - Parameter days: since 1970-01-01, up to the year 9999.
    init(days: UInt64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }
}

extension [UInt8] {
    /// Appends a point in time as RFC 3339 has it, in UTC with milliseconds:
    /// `2026-11-29T03:20:00.123Z`; what lies beyond the year 9999 as its last millisecond.
    ///
    /// - Parameter milliseconds: since 1970-01-01T00:00:00Z, leap seconds not counted.
    package mutating func append(unixMilliseconds milliseconds: UInt64) {
        let (seconds, fraction) = Swift.min(milliseconds, CivilDate.lastMilliseconds)
            .quotientAndRemainder(dividingBy: 1000)
        let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(days: days)
        append(twoDigits: date.year / 100)
        append(twoDigits: date.year % 100)
        append("-")
        append(twoDigits: date.month)
        append("-")
        append(twoDigits: date.day)
        append("T")
        append(twoDigits: secondOfDay / 3600)
        append(":")
        append(twoDigits: secondOfDay / 60 % 60)
        append(":")
        append(twoDigits: secondOfDay % 60)
        append(".")
        append(UInt8(ascii: "0") + UInt8(fraction / 100))
        append(twoDigits: fraction % 100)
        append("Z")
    }

    /// Appends a number below 100 in two digits.
    mutating func append(twoDigits value: UInt64) {
        append(UInt8(ascii: "0") + UInt8(value / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }
}
