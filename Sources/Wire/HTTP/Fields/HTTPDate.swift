/// The value of a `Date` field (RFC 9110, 5.6.7), rendered once for all answers of a second.
package struct HTTPDate: Hashable, Sendable {
    /// The whole field, with its CRLF.
    package let line: [UInt8]

    /// - Parameter unixSeconds: seconds since 1970-01-01T00:00:00Z, leap seconds not counted; years
    ///   beyond 9999 are shown as its last second.
    package init(unixSeconds: UInt64) {
        let seconds = min(unixSeconds, 253_402_300_799)
        let (days, secondOfDay) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let date = CivilDate(days: days)
        let weekday = Int((days + 4) % 7)
        var line: [UInt8] = []
        line.reserveCapacity(37)
        line.append("Date: ")
        line.append(contentsOf: Self.weekdays[weekday].utf8)
        line.append(", ")
        line.append(twoDigits: date.day)
        line.append(" ")
        line.append(contentsOf: Self.months[Int(date.month) - 1].utf8)
        line.append(" ")
        line.append(twoDigits: date.year / 100)
        line.append(twoDigits: date.year % 100)
        line.append(" ")
        line.append(twoDigits: secondOfDay / 3600)
        line.append(":")
        line.append(twoDigits: secondOfDay / 60 % 60)
        line.append(":")
        line.append(twoDigits: secondOfDay % 60)
        line.append(" GMT\r\n")
        self.line = line
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`: 29 bytes.
    package var text: ArraySlice<UInt8> { line[6..<line.count - 2] }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
