internal import Bytes

/// The keys of one tree node in ascending order: what all share once, then each one's rest, end to
/// end in one array. One allocation instead of one a key, and a search that stays within few cache
/// lines.
struct PackedKeys: Sendable {
    /// The shared prefix, then the suffixes in order.
    private var bytes: [UInt8] = []
    /// Where each key's suffix ends in `bytes`.
    private var ends: [UInt32] = []
    private var prefixCount = 0

    init() {}

    /// How many keys there are.
    var count: Int { ends.count }

    private func start(of index: Int) -> Int {
        index == 0 ? prefixCount : Int(ends[index - 1])
    }

    /// A copy of the key's bytes.
    subscript(index: Int) -> [UInt8] {
        let start = start(of: index)
        let end = Int(ends[index])
        var key: [UInt8] = []
        key.reserveCapacity(prefixCount + end - start)
        key.append(contentsOf: bytes[..<prefixCount])
        key.append(contentsOf: bytes[start..<end])
        return key
    }

    /// Where `key` is, or the index of the first key after it.
    ///
    /// - Complexity: O(log *n*) comparisons.
    func position(of key: [UInt8]) -> (index: Int, isExact: Bool) { position(of: key.span) }

    func position(of wanted: Span<UInt8>) -> (index: Int, isExact: Bool) {
        guard count > 0 else { return (0, false) }
        let all = bytes.span
        let common = wanted.commonPrefixCount(with: all.extracting(first: prefixCount))
        if common < prefixCount {
            let isBefore = common == wanted.count || wanted[common] < all[common]
            return (isBefore ? 0 : count, false)
        }
        let suffix = wanted.extracting(droppingFirst: prefixCount)
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) >> 1
            let stored = all.extracting(start(of: middle)..<Int(ends[middle]))
            switch stored.order(to: suffix) {
            case .less: low = middle &+ 1
            case .equal: return (middle, true)
            case .greater: high = middle
            }
        }
        return (low, false)
    }

    /// Inserts a key that belongs at `index`.
    ///
    /// - Complexity: O(*bytes*) of the node.
    mutating func insert(_ key: [UInt8], at index: Int) {
        if ends.isEmpty {
            bytes = key
            prefixCount = key.count
            ends.append(UInt32(key.count))
            return
        }
        let common = key.span.commonPrefixCount(with: bytes.span.extracting(first: prefixCount))
        if common < prefixCount { repack(0..<count, prefixCount: common) }
        let start = start(of: index)
        let added = key.count - prefixCount
        bytes.insert(contentsOf: key[prefixCount...], at: start)
        ends.insert(UInt32(start), at: index)
        moveEnds(from: index, by: UInt32(added))
    }

    /// The keys from `index` on end so much later.
    private mutating func moveEnds(from index: Int, by added: UInt32) {
        var ends = ends.mutableSpan
        var later = index
        // What follows lies within the bytes, of which there are fewer than an end can count.
        while later < ends.count {
            ends[later] &+= added
            later &+= 1
        }
    }

    /// Removes the key at `index`.
    mutating func remove(at index: Int) {
        let start = start(of: index)
        let removed = Int(ends[index]) - start
        bytes.removeSubrange(start..<start + removed)
        ends.remove(at: index)
        moveEnds(from: index, by: 0 &- UInt32(removed))
        if ends.isEmpty { self = PackedKeys() }
        assert(bytes.count == ends.last.map(Int.init) ?? 0, "a key's bytes stay, or others' go")
    }

    /// Keeps the keys before `index` and returns those from it on, both packed anew.
    mutating func split(at index: Int) -> PackedKeys {
        assert((1..<count).contains(index), "a node is split where nothing is on one side")
        var upper = self
        upper.repack(index..<count)
        repack(0..<index)
        return upper
    }

    /// Drops the last key.
    mutating func removeLast() { remove(at: count - 1) }

    /// Appends keys that all come after these.
    mutating func append(contentsOf other: PackedKeys) {
        assert(
            count == 0 || other.count == 0 || position(of: other[0]).index == count,
            "nodes are joined out of order"
        )
        for index in 0..<other.count { insert(other[index], at: count) }
    }

    /// Keeps only the keys of `range`, after the longest prefix they share.
    private mutating func repack(_ range: Range<Int>) {
        guard let last = range.last else {
            self = PackedKeys()
            return
        }
        repack(range, prefixCount: prefixCount + commonSuffixPrefixCount(range.lowerBound, last))
    }

    /// How many bytes two keys share after the prefix.
    private func commonSuffixPrefixCount(_ first: Int, _ second: Int) -> Int {
        let all = bytes.span
        return all.extracting(start(of: first)..<Int(ends[first]))
            .commonPrefixCount(with: all.extracting(start(of: second)..<Int(ends[second])))
    }

    /// Keeps only the keys of `range`, all of which share their first `shared` bytes.
    private mutating func repack(_ range: Range<Int>, prefixCount shared: Int) {
        let kept = start(of: range.lowerBound)..<Int(ends[range.upperBound - 1])
        if shared == prefixCount { return keep(range, suffixes: kept) }
        var packed: [UInt8] = []
        var packedEnds: [UInt32] = []
        packed.reserveCapacity(
            max(0, prefixCount + kept.count + range.count * (prefixCount - shared))
        )
        packedEnds.reserveCapacity(range.count)
        let firstStart = kept.lowerBound
        packed.append(contentsOf: bytes[..<min(shared, prefixCount)])
        let more = max(0, shared - prefixCount)
        packed.append(contentsOf: bytes[firstStart..<firstStart + more])
        for index in range {
            if shared < prefixCount { packed.append(contentsOf: bytes[shared..<prefixCount]) }
            packed.append(contentsOf: bytes[start(of: index) + more..<Int(ends[index])])
            packedEnds.append(UInt32(packed.count))
        }
        bytes = packed
        ends = packedEnds
        prefixCount = shared
    }

    /// Keeps only the keys of `range`, whose suffixes are `kept`, after the same prefix.
    private mutating func keep(_ range: Range<Int>, suffixes kept: Range<Int>) {
        var packed: [UInt8] = []
        packed.reserveCapacity(prefixCount + kept.count)
        packed.append(contentsOf: bytes[..<prefixCount])
        packed.append(contentsOf: bytes[kept])
        bytes = packed
        ends = Array(ends[range])
        moveEnds(from: 0, by: 0 &- UInt32(kept.lowerBound - prefixCount))
    }

    /// The shortest byte string above `lower` that is not above `upper`.
    static func separator(between lower: [UInt8], and upper: [UInt8]) -> [UInt8] {
        let common = lower.span.commonPrefixCount(with: upper.span)
        invariant(common < upper.count, "keys of two nodes out of order")
        return Array(upper[...common])
    }
}
