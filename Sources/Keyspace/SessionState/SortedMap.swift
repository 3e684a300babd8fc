/// A map in key order, in chunks of neighbours: a binary search over the chunks, then one inside.
///
/// Copying it is O(1): chunks are shared until they change, so a copy is a frozen view. Its
/// order is that of the keys alone, the same in every process.
///
/// - Complexity: finding, inserting and removing are O(log *n* + `chunkCountMax`), and O(*n* /
///   `chunkCountMax`) once in about `chunkCountMax` changes; the first change after a copy is
///   O(*n* / `chunkCountMax`).
struct SortedMap<Key: Comparable & Sendable, Value: Sendable>: Sendable {
    struct Element: Sendable {
        let key: Key
        var value: Value
    }

    /// Elements of a full chunk. Larger chunks move more bytes at an insertion, smaller ones make
    /// the first change after a copy dearer.
    private static var chunkCountMax: Int { 64 }

    /// No chunk is empty; all keys of a chunk precede all of the next.
    private var chunks: [[Element]] = []
    private(set) var count = 0

    init() {}

    var isEmpty: Bool { count == 0 }

    var first: Element? { chunks.first?.first }

    var last: Element? { chunks.last?.last }

    subscript(key: Key) -> Value? {
        guard case .found(let chunk, let offset) = find(key) else { return nil }
        return chunks[chunk][offset].value
    }

    func contains(_ key: Key) -> Bool {
        guard case .found = find(key) else { return false }
        return true
    }

    /// How many keys precede `key`.
    ///
    /// - Complexity: O(log *n* + *n* / `chunkCountMax`).
    func rank(of key: Key) -> Int {
        let (chunk, offset) = position(of: key)
        return chunks[..<chunk].reduce(offset) { $0 + $1.count }
    }

    /// Sets the value of `key`; returns the one it had.
    @discardableResult
    mutating func insert(_ value: Value, for key: Key) -> Value? {
        switch find(key) {
        case .found(let chunk, let offset):
            defer { chunks[chunk][offset].value = value }
            return chunks[chunk][offset].value
        case .missing(let chunk, let offset):
            add(Element(key: key, value: value), chunk: chunk, offset: offset)
            return nil
        }
    }

    /// Removes `key`; returns the value it had.
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard case .found(let chunk, let offset) = find(key) else { return nil }
        return remove(chunk: chunk, offset: offset).value
    }

    /// Removes the element with the lowest key.
    @discardableResult
    mutating func removeFirst() -> Element? {
        isEmpty ? nil : remove(chunk: 0, offset: 0)
    }

    /// Changes the value of `key` in place; nil when it is missing.
    mutating func update<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        guard case .found(let chunk, let offset) = find(key) else { return nil }
        return body(&chunks[chunk][offset].value)
    }

    /// Every element in order.
    var elements: Elements { Elements(chunks: chunks, chunk: 0, offset: 0) }

    /// The elements whose keys do not precede `key`, in order.
    func elements(from key: Key) -> Elements {
        let (chunk, offset) = position(of: key)
        return Elements(chunks: chunks, chunk: chunk, offset: offset)
    }

    /// The elements whose keys follow `key`, in order.
    func elements(after key: Key) -> Elements {
        switch find(key) {
        case .found(let chunk, let offset):
            Elements(chunks: chunks, chunk: chunk, offset: offset + 1)
        case .missing(let chunk, let offset):
            Elements(chunks: chunks, chunk: chunk, offset: offset)
        }
    }

    /// A walk in key order over the map as it was when the walk began.
    struct Elements: Sequence, IteratorProtocol {
        fileprivate let chunks: [[Element]]
        fileprivate var chunk: Int
        fileprivate var offset: Int

        mutating func next() -> Element? {
            while chunk < chunks.count {
                if offset < chunks[chunk].count {
                    defer { offset += 1 }
                    return chunks[chunk][offset]
                }
                chunk += 1
                offset = 0
            }
            return nil
        }
    }
}

extension SortedMap {
    private enum Place {
        case found(chunk: Int, offset: Int)
        /// Where the key belongs; `chunk` may be 0 in an empty map.
        case missing(chunk: Int, offset: Int)
    }

    private func find(_ key: Key) -> Place {
        guard !chunks.isEmpty else { return .missing(chunk: 0, offset: 0) }
        var low = 0
        var high = chunks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if key < chunks[middle][0].key { high = middle } else { low = middle }
        }
        let chunk = low
        low = 0
        high = chunks[chunk].count
        while low < high {
            let middle = (low + high) / 2
            if chunks[chunk][middle].key < key { low = middle + 1 } else { high = middle }
        }
        let isFound = low < chunks[chunk].count && chunks[chunk][low].key == key
        return isFound ? .found(chunk: chunk, offset: low) : .missing(chunk: chunk, offset: low)
    }

    private func position(of key: Key) -> (chunk: Int, offset: Int) {
        switch find(key) {
        case .found(let chunk, let offset), .missing(let chunk, let offset): (chunk, offset)
        }
    }

    /// Whether the key belongs before the element at that place, and after the one before it.
    private func isInOrder(_ key: Key, chunk: Int, offset: Int) -> Bool {
        guard chunk < chunks.count else { return chunk == 0 && isEmpty == false }
        let before =
            offset > 0 ? chunks[chunk][offset - 1] : chunk > 0 ? chunks[chunk - 1].last : nil
        let after = offset < chunks[chunk].count ? chunks[chunk][offset] : nil
        return before.map { $0.key < key } ?? true && after.map { key < $0.key } ?? true
    }

    private mutating func add(_ element: Element, chunk: Int, offset: Int) {
        count += 1
        assert(isInOrder(element.key, chunk: chunk, offset: offset), "a key comes out of order")
        guard chunk < chunks.count else {
            chunks.append([element])
            return
        }
        guard chunks[chunk].count == Self.chunkCountMax else {
            chunks[chunk].insert(element, at: offset)
            return
        }
        if offset == Self.chunkCountMax, chunk == chunks.count - 1 {
            // Keys that only grow leave full chunks before them.
            chunks.append([element])
            return
        }
        let half = Self.chunkCountMax / 2
        var upper = Array(chunks[chunk][half...])
        chunks[chunk].removeSubrange(half...)
        if offset <= half {
            chunks[chunk].insert(element, at: offset)
        } else {
            upper.insert(element, at: offset - half)
        }
        chunks.insert(upper, at: chunk + 1)
    }

    private mutating func remove(chunk: Int, offset: Int) -> Element {
        count -= 1
        let element = chunks[chunk].remove(at: offset)
        if chunks[chunk].isEmpty {
            chunks.remove(at: chunk)
        } else if chunk + 1 < chunks.count,
            chunks[chunk].count + chunks[chunk + 1].count <= Self.chunkCountMax / 2
        {
            chunks[chunk].append(contentsOf: chunks[chunk + 1])
            chunks.remove(at: chunk + 1)
        }
        assert(chunks.isEmpty == isEmpty, "an empty chunk is kept, or elements are miscounted")
        return element
    }
}
