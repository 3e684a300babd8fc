/// Numbers as people read them.
enum Figure {
    /// `12,345`.
    static func count(_ value: UInt64) -> String {
        var text = ""
        for (place, digit) in String(value).reversed().enumerated() {
            if place > 0, place.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// `1 key`, `12,345 keys`.
    static func count(_ value: Int, of noun: String) -> String {
        count(UInt64(value)) + " " + noun + (value == 1 ? "" : "s")
    }

    /// `12,345/s`; below a hundred with a decimal.
    static func rate(_ count: UInt64, nanoseconds: UInt64) -> String {
        let value = perSecond(count, nanoseconds: nanoseconds)
        let whole = UInt64(value.rounded())
        return (value < 100 ? fixed(value, decimals: 1) : Self.count(whole)) + "/s"
    }

    static func perSecond(_ count: UInt64, nanoseconds: UInt64) -> Double {
        nanoseconds == 0 ? 0 : Double(count) * 1e9 / Double(nanoseconds)
    }

    /// Three digits and a unit: `87.3 us`, `1.23 ms`, `12.0 s`.
    static func time(nanoseconds: UInt64) -> String {
        let units: [(name: String, nanoseconds: Double)] = [
            ("s", 1e9), ("ms", 1e6), ("us", 1e3),
        ]
        let unit = units.first { Double(nanoseconds) >= $0.nanoseconds * 0.9995 } ?? ("ns", 1)
        let value = Double(nanoseconds) / unit.nanoseconds
        let decimals = unit.name == "ns" || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
        return fixed(value, decimals: decimals) + " " + unit.name
    }

    /// A number of zero or more with this many decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = UInt64((value * scale).rounded())
        guard decimals > 0 else { return String(scaled) }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }
}
