/// Walks the keys of a range in byte order, deleted ones included, without the service's own unless
/// the range begins inside them.
struct RangeWalk {
    private var cursor: KeyTree<VersionedRecord>.Cursor
    /// What is still to be walked, the current span first.
    private var spans: ArraySlice<KeySpan>
    /// Whether the cursor is at a key that was handed out.
    private var isAtKey = false
    /// How many keys from the cursor's on are known to be in the span, all in the cursor's leaf.
    private var run = 0

    /// - Parameter after: the walk begins with the first key after it.
    init(_ records: KeyTree<VersionedRecord>, range: KeyRange, after: Key? = nil) {
        spans = range.openSpans[...]
        let start = after.map { $0.bytes + [0] } ?? []
        while let to = spans.first?.to, !start.lexicographicallyPrecedes(to) { spans.removeFirst() }
        let from = spans.first?.from ?? []
        cursor = records.cursor(from: from.lexicographicallyPrecedes(start) ? start : from)
    }

    /// The current key; only after `next` returned true.
    var key: Key { Key(unchecked: cursor.key) }

    /// The current record; only after `next` returned true.
    var record: VersionedRecord { cursor.value }

    /// What `body` makes of the current record, which is lent; only after `next` returned true.
    func read<Result>(_ body: (VersionedRecord) -> Result) -> Result { cursor.read(body) }

    /// Goes to the next key; false when there is none.
    ///
    /// - Complexity: O(1) amortised
    mutating func next() -> Bool {
        if isAtKey {
            cursor.advance()
            run -= 1
        }
        isAtKey = false
        while let span = spans.first, !cursor.isAtEnd {
            if run == 0 { run = cursor.runCount(before: span.to) }
            guard run > 0 else {
                enterNextSpan()
                continue
            }
            isAtKey = true
            return true
        }
        return false
    }

    private mutating func enterNextSpan() {
        spans.removeFirst()
        guard let from = spans.first?.from else { return }
        if cursor.key.lexicographicallyPrecedes(from) { cursor.seek(to: from) }
    }
}

extension Key {
    /// The slash that parts a key from what lies below it.
    var separator: [UInt8] { [UInt8(ascii: "/")] }

    /// The first byte string after everything below the key, which is not the root.
    var endOfSubtree: [UInt8] { bytes + [UInt8(ascii: "/") + 1] }
}
