extension Span<UInt8> {
    /// Whether the bytes are well-formed UTF-8 (Unicode 15, table 3-7: no overlong form, no
    /// surrogate, nothing above U+10FFFF).
    ///
    /// - Complexity: O(*n*), eight bytes at a time while they are ASCII.
    public var isValidUTF8: Bool {
        var offset = 0
        while offset < count {
            if offset + 8 <= count,
                // The condition before keeps the load within the span.
                unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    & 0x8080_8080_8080_8080 == 0
            {
                offset += 8
                continue
            }
            let first = self[offset]
            if first < 0x80 {
                offset += 1
                continue
            }
            guard let length = sequenceLength(at: offset, first: first) else { return false }
            offset += length
        }
        return true
    }

    /// The length of the well-formed multi-byte sequence at `offset`, or nil.
    private func sequenceLength(at offset: Int, first: UInt8) -> Int? {
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xE1...0xEC, 0xEE...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: return nil
        }
        guard offset + length <= count, second.contains(self[offset + 1]) else { return nil }
        for trailing in 2..<max(length, 2) where self[offset + trailing] & 0xC0 != 0x80 {
            return nil
        }
        return length
    }
}
