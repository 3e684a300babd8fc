// Text in JSON.

extension Span<UInt8> {
    /// Whether a JSON string may hold the bytes as they are: ASCII without control characters,
    /// quotes and backslashes.
    ///
    /// - Complexity: O(*n*), eight bytes at a time.
    package var isPlainText: Bool {
        var offset = 0
        while offset + 8 <= count {
            // The condition keeps the load within the span.
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0, !word.holdsEscape else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] < 0x80, !self[offset].isEscaped else { return false }
            offset += 1
        }
        return true
    }

    /// The offset of the first byte from `start` that a JSON string must escape, else the count.
    func plainEnd(from start: Int) -> Int {
        var offset = start
        while offset + 8 <= count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard !word.holdsEscape else { break }
            offset += 8
        }
        while offset < count {
            if self[offset].isEscaped { break }
            offset += 1
        }
        return offset
    }
}

extension UInt8 {
    /// Whether a JSON string must escape it.
    fileprivate var isEscaped: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }
}

extension UInt64 {
    /// Whether one of the eight bytes is below 0x20, a quote or a backslash ("Bit Twiddling Hacks",
    /// determine if a word has a byte less than n; exact as long as only yes or no is asked).
    fileprivate var holdsEscape: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let below = (self &- ones &* 0x20) & ~self
        let quote = self ^ ones &* 0x22
        let backslash = self ^ ones &* 0x5C
        let equal = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        return (below | equal) & tops != 0
    }
}
