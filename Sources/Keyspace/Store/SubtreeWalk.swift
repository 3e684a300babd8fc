/// Walks a key and the keys below it in byte order, deleted ones included.
struct SubtreeWalk {
    private var cursor: KeyTree<VersionedRecord>.Cursor
    /// What every key below begins with; empty when everything is below.
    private let prefix: [UInt8]
    /// The key itself, while it is still to come.
    private var first: (key: Path, record: VersionedRecord)?
    private let reserved: Reserved

    /// What is done about the service's own records.
    private enum Reserved { case passedOver, included }

    init(_ records: KeyTree<VersionedRecord>, root: Path, after: Path?) {
        reserved = root == .root ? .passedOver : .included
        prefix = root == .root ? root.bytes : root.bytes + root.separator
        if after.map({ $0 < root }) ?? true, root != .root {
            first = records.value(for: root.bytes).map { (root, $0) }
        }
        let start = after.map { $0.bytes + [0] } ?? prefix
        cursor = records.cursor(from: start.lexicographicallyPrecedes(prefix) ? prefix : start)
    }

    mutating func next() -> (key: Path, record: VersionedRecord)? {
        if let first {
            self.first = nil
            return first
        }
        while !cursor.isAtEnd {
            let key = Path(unchecked: cursor.key)
            guard key.bytes.starts(with: prefix) else { return nil }
            if reserved == .passedOver, key.isAtOrBelow(.reserved) {
                cursor.seek(to: key == .reserved ? key.bytes + [0] : Path.reserved.endOfSubtree)
                continue
            }
            let record = cursor.value
            cursor.advance()
            return (key, record)
        }
        return nil
    }
}

extension Path {
    /// The slash that parts a key from what lies below it.
    var separator: [UInt8] { [UInt8(ascii: "/")] }

    /// The first byte string after everything below the key, which is not the root.
    var endOfSubtree: [UInt8] { bytes + [UInt8(ascii: "/") + 1] }
}
