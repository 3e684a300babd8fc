/// How two byte strings stand to each other, byte by byte.
enum ByteOrder {
    case less
    case equal
    case greater
}

extension Span<UInt8> {
    /// How many bytes from the front are the same in both.
    ///
    /// - Complexity: O(*n*), eight bytes at a time.
    func commonPrefixCount(with other: borrowing Span<UInt8>) -> Int {
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

    /// Compares byte by byte; a proper prefix comes first.
    func order(to other: borrowing Span<UInt8>) -> ByteOrder {
        let common = commonPrefixCount(with: other)
        if common == count { return common == other.count ? .equal : .less }
        if common == other.count { return .greater }
        return self[common] < other[common] ? .less : .greater
    }
}
