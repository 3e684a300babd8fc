extension Span<UInt8> {
    /// How many bytes from the front are the same in both.
    ///
    /// - Complexity: O(*n*), eight bytes at a time.
    public func commonPrefixCount(with other: borrowing Span<UInt8>) -> Int {
        let limit = Swift.min(count, other.count)
        let left = unsafe bytes
        let right = unsafe other.bytes
        var offset = 0
        while offset &+ 8 <= limit {
            // The loop's condition keeps both loads within their spans.
            let mine = unsafe left.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let theirs = unsafe right.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if mine != theirs {
                let difference = UInt64(littleEndian: mine) ^ UInt64(littleEndian: theirs)
                return offset &+ difference.trailingZeroBitCount / 8
            }
            offset &+= 8
        }
        while offset < limit, self[offset] == other[offset] { offset &+= 1 }
        return offset
    }

    /// Whether both hold the same bytes.
    ///
    /// - Complexity: O(*n*), eight bytes at a time.
    public func isEqual(to other: borrowing Span<UInt8>) -> Bool {
        count == other.count && commonPrefixCount(with: other) == count
    }
}
