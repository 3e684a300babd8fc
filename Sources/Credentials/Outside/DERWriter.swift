/// The few forms of DER (X.690) that keys and signatures need.
enum DERWriter {
    /// A positive integer.
    ///
    /// - Parameter magnitude: most significant byte first; zeros in front are dropped.
    static func integer(_ magnitude: some Collection<UInt8>) -> [UInt8] {
        var digits = Array(magnitude.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return element(0x02, content: digits)
    }

    static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content: content) }

    /// A string of whole bytes.
    static func bitString(_ content: [UInt8]) -> [UInt8] { element(0x03, content: [0] + content) }

    private static func element(_ tag: UInt8, content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        var digits: [UInt8] = []
        var rest = count
        while rest > 0 {
            digits.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(digits.count)] + digits
    }
}
