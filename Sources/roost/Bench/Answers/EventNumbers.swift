/// Finds the numbers that the values of an event stream begin with, wherever the bytes are split.
struct EventNumbers: Sendable {
    private static let name = Array("\"value\":\"".utf8)

    /// Bytes of `name` that have just been seen; beyond it, digits.
    private var matchedCount = 0
    private var number = 0

    /// Takes one byte of the stream; the number that it completes.
    mutating func take(_ byte: UInt8) -> Int? {
        if matchedCount < Self.name.count {
            if byte == Self.name[matchedCount] {
                matchedCount += 1
            } else {
                matchedCount = byte == Self.name[0] ? 1 : 0
            }
            return nil
        }
        let digit = byte &- UInt8(ascii: "0")
        guard digit < 10 else {
            matchedCount = 0
            number = 0
            return nil
        }
        number = number * 10 + Int(digit)
        matchedCount += 1
        guard matchedCount == Self.name.count + BenchRequestForm.digitCount else { return nil }
        defer {
            matchedCount = 0
            number = 0
        }
        return number
    }
}
