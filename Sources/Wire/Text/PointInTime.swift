/// A point in time as the service writes it: RFC 3339, in UTC with milliseconds.
package struct PointInTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let unixMilliseconds: UInt64

    package init(unixMilliseconds: UInt64) { self.unixMilliseconds = unixMilliseconds }

    package static func < (left: PointInTime, right: PointInTime) -> Bool {
        left.unixMilliseconds < right.unixMilliseconds
    }

    /// Reads exactly what `[UInt8].append(unixMilliseconds:)` writes, `2026-11-29T03:20:00.123Z`;
    /// nil for anything else.
    package init?(parsing text: [UInt8]) {
        let form = Array("0000-00-00T00:00:00.000Z".utf8)
        guard text.count == form.count else { return nil }
        for (byte, expected) in zip(text, form) {
            guard expected == UInt8(ascii: "0") ? byte.isDigit : byte == expected else {
                return nil
            }
        }
        func number(_ places: Range<Int>) -> UInt64 {
            places.reduce(0) { $0 * 10 + UInt64(text[$1] - UInt8(ascii: "0")) }
        }
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard let date = CivilDate(year: number(0..<4), month: number(5..<7), day: number(8..<10)),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let seconds = ((date.days * 24 + hour) * 60 + minute) * 60 + second
        unixMilliseconds = seconds * 1000 + number(20..<23)
    }
}
