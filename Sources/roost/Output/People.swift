internal import Wire

/// Numbers and times as people read them; JSON has them exactly.
enum People {
    /// Bytes in binary units: `512 B`, `1.5 KiB`, `64 MiB`.
    static func size(_ byteCount: UInt64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var unit = 0
        var whole = byteCount
        guard byteCount >= 1024 else { return "\(byteCount) B" }
        var remainder: UInt64 = 0
        while whole >= 1024, unit < units.count - 1 {
            remainder = whole % 1024
            whole /= 1024
            unit += 1
        }
        let digit = remainder * 10 / 1024
        return whole < 100 && digit > 0
            ? "\(whole).\(digit) \(units[unit])" : "\(whole) \(units[unit])"
    }

    /// A time in its two largest units: `250 ms`, `7 s`, `3 min 20 s`, `2 d 4 h`.
    static func duration(milliseconds: UInt64) -> String {
        let seconds = milliseconds / 1000
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if seconds == 0 { return "\(milliseconds) ms" }
        if minutes == 0 { return "\(seconds) s" }
        if hours == 0 {
            return pair(minutes, largeUnit: "min", small: seconds % 60, smallUnit: "s")
        }
        if days == 0 { return pair(hours, largeUnit: "h", small: minutes % 60, smallUnit: "min") }
        return pair(days, largeUnit: "d", small: hours % 24, smallUnit: "h")
    }

    /// A point in time that the service tells (RFC 3339, UTC), to the second; `-` where it tells none.
    static func time(_ told: JSONValue?) -> String {
        guard let text = told?.string else { return "-" }
        let seconds = text.prefix { $0 != UInt8(ascii: ".") }
        return TerminalText.word(
            seconds.count < text.count ? seconds + [UInt8(ascii: "Z")] : text[...]
        )
    }

    private static func pair(
        _ large: UInt64,
        largeUnit: String,
        small: UInt64,
        smallUnit: String
    ) -> String {
        "\(large) \(largeUnit)" + (small == 0 ? "" : " \(small) \(smallUnit)")
    }
}
