internal import Keyspace

// What a range means, by the words of its documentation: the store's own comparison is what is
// judged, and judges nothing here.

extension KeyRange {
    /// Whether the key is in the range, byte by byte.
    func saysItHas(_ key: Key) -> Bool {
        let bytes = key.bytes
        if Self.isOfService(bytes), !Self.isOfService(lowerBound) { return false }
        switch self {
        case .key(let wanted): return bytes == wanted.bytes
        case .subtree(let root):
            let below = root.bytes.last == Self.slash ? root.bytes : root.bytes + [Self.slash]
            return bytes == root.bytes || bytes.starts(with: below)
        case .interval(let from, let to):
            return !Self.comes(bytes, before: from)
                && (to.map { Self.comes(bytes, before: $0) } ?? true)
        }
    }

    private static let slash = UInt8(ascii: "/")
    private static let service = Array("/.roost".utf8)

    private static func isOfService(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: service)
            && (bytes.count == service.count || bytes[service.count] == slash)
    }

    /// In the order of bytes, where a key comes before those that go on after it.
    private static func comes(_ left: [UInt8], before right: [UInt8]) -> Bool {
        for (one, other) in zip(left, right) where one != other { return one < other }
        return left.count < right.count
    }
}
