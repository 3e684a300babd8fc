internal import Bytes

/// How two byte strings stand to each other, byte by byte.
enum ByteOrder {
    case less
    case equal
    case greater
}

extension Span<UInt8> {
    /// Compares byte by byte; a proper prefix comes first.
    func order(to other: borrowing Span<UInt8>) -> ByteOrder {
        let common = commonPrefixCount(with: other)
        if common == count { return common == other.count ? .equal : .less }
        if common == other.count { return .greater }
        return self[common] < other[common] ? .less : .greater
    }
}
