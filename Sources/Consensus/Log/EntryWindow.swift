internal import Bytes

/// The last entries of the log in memory: contiguous, taken off at the front as they grow old.
struct EntryWindow: Sendable {
    /// What an entry costs beside its payload, in bytes; nearly true.
    private static let entryByteCount = 96
    /// Dead slots at the front below this number are not worth moving the rest for.
    private static let deadCountMin = 1_024

    /// What is left of an entry that was taken off, so that its payload is freed at once.
    private static let dead = Entry(id: .zero, time: .zero, kind: .empty, payload: [])

    private var slots: [Entry] = []
    private var head = 0
    var byteCount = 0

    init(_ entries: [Entry]) {
        slots = entries
        byteCount = entries.reduce(0) { $0 + Self.cost(of: $1) }
    }

    var count: Int { slots.count - head }

    /// Whether the bytes can be those of the entries.
    var isCounted: Bool { count == 0 ? byteCount == 0 : byteCount >= count * Self.entryByteCount }

    var firstIndex: LogIndex? { count > 0 ? slots[head].id.index : nil }

    /// - Complexity: O(1) amortised.
    mutating func append(_ entry: Entry) {
        assert(count == 0 || slots.last?.id.index.next == entry.id.index, "a gap in the window")
        slots.append(entry)
        byteCount += Self.cost(of: entry)
    }

    /// Drops entries from the front while there are more bytes than `limit` and the front one is
    /// not after `index`.
    ///
    /// - Complexity: O(1) amortised for each entry dropped.
    mutating func evict(through index: LogIndex, downTo limit: Int) {
        while byteCount > limit, head < slots.count, slots[head].id.index <= index {
            byteCount -= Self.cost(of: slots[head])
            slots[head] = Self.dead
            head += 1
        }
        if head >= Self.deadCountMin, head * 2 >= slots.count { compact() }
    }

    /// Drops every entry after `index`.
    mutating func truncate(after index: LogIndex) {
        while slots.count > head, let last = slots.last, last.id.index > index {
            byteCount -= Self.cost(of: last)
            slots.removeLast()
        }
        if slots.count == head { removeAll() }
    }

    mutating func removeAll() {
        slots = []
        head = 0
        byteCount = 0
    }

    /// The entry of that index, nil when it is not here.
    subscript(index: LogIndex) -> Entry? {
        guard let first = firstIndex, index >= first else { return nil }
        let offset = index.rawValue - first.rawValue
        return offset < UInt64(count) ? slots[head + Int(offset)] : nil
    }

    /// Entries from `index`, which is here, up to the bounds; at least one.
    ///
    /// A copy, because a slice that outlives the call would make the next append copy all.
    func entries(from index: LogIndex, byteCountMax: Int, countMax: Int) -> [Entry] {
        guard let first = firstIndex, index >= first else { return [] }
        let start = head + Int(index.rawValue - first.rawValue)
        var end = start
        var total = 0
        while end < slots.count, end - start < countMax {
            total += slots[end].payload.count
            guard total <= byteCountMax || end == start else { break }
            end += 1
        }
        return start < end ? Array(slots[start..<end]) : []
    }

    private mutating func compact() {
        assert(slots[..<head].allSatisfy { $0.payload.isEmpty }, "a payload before the window")
        slots.removeFirst(head)
        head = 0
    }

    private static func cost(of entry: Entry) -> Int { entry.payload.count + entryByteCount }
}
