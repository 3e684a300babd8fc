internal import Bytes

/// The quotas of subtrees, each with what there is below its path, which every change of a key keeps
/// up to date. The service's own records count for none.
struct QuotaTable: Sendable {
    private struct Entry: Sendable {
        var quota: SubtreeQuota
        var size: SubtreeSize
    }

    private var entries = RareMap<Key, Entry>()
    /// Of the longest path, in bytes.
    private var pathByteCountMax = 0

    init() {}

    var isEmpty: Bool { entries.isEmpty }

    var count: Int { entries.count }

    /// The quota of exactly that path.
    func standing(of path: Key) -> QuotaStanding? {
        entries[path].map { QuotaStanding(path: path, quota: $0.quota, used: $0.size) }
    }

    /// At most `countMax` quotas after `path`, in the order of paths.
    func standings(after path: Key?, countMax: Int) -> [QuotaStanding] {
        let elements = path.map { entries.elements(after: $0) } ?? entries.elements
        return elements.prefix(countMax).map {
            QuotaStanding(path: $0.key, quota: $0.value.quota, used: $0.value.size)
        }
    }

    /// The paths with a quota that covers the key, from the root on.
    ///
    /// - Complexity: O(depth of the longest path · log *n*)
    func paths(over key: Key) -> [Key] {
        guard !isEmpty, !key.isReserved else { return [] }
        return key.subtreeRoots(byteCountMax: pathByteCountMax).filter { entries.contains($0) }
    }

    /// A key has changed.
    ///
    /// - Complexity: as `paths(over:)`
    mutating func note(_ key: Key, growth: SubtreeSize) {
        for path in paths(over: key) {
            _ = entries.update(path) { entry in
                entry.size += growth
                invariant(
                    entry.size.keyCount >= 0 && entry.size.byteCount >= 0,
                    KeyspaceRule.quotasAreCounted.rawValue
                )
            }
        }
    }

    /// - Parameter size: what there is at and below the path.
    mutating func set(_ quota: SubtreeQuota, at path: Key, size: SubtreeSize) {
        pathByteCountMax = max(pathByteCountMax, path.bytes.count)
        entries.insert(Entry(quota: quota, size: size), for: path)
    }

    /// False where there is none.
    mutating func remove(_ path: Key) -> Bool {
        guard entries.remove(path) != nil else { return false }
        pathByteCountMax = entries.elements.reduce(0) { max($0, $1.key.bytes.count) }
        return true
    }

    /// Why a subtree may not grow so; nil where it may.
    func refusal(of growth: SubtreeSize, at path: Key) -> Refusal? {
        guard let entry = entries[path],
            let excess = entry.quota.excess(of: entry.size, growing: growth)
        else { return nil }
        return .subtreeFull(path, excess)
    }

    /// Adds the items that the quotas are in the state's hash; what there is below them the keys say.
    func add(to hash: inout StateHash) {
        for element in entries.elements {
            var item = StableHash(seed: SessionStateHashSeed.quota)
            item.combine(element.key.bytes.span)
            for bound in [element.value.quota.keyCountMax, element.value.quota.byteCountMax] {
                item.combine(bound.map { $0 + 1 } ?? 0)
            }
            hash.add(item)
        }
    }
}

extension Key {
    /// The keys under whose subtrees this one lies, itself included, from the shortest on, as far as
    /// they are no longer than that: those of them that are paths may have a quota.
    fileprivate func subtreeRoots(byteCountMax: Int) -> [Key] {
        guard bytes.first == UInt8(ascii: "/") else { return [] }
        var roots = [Key.root]
        for place in bytes.indices.prefix(byteCountMax + 1).dropFirst()
        where bytes[place] == UInt8(ascii: "/") {
            roots.append(Key(unchecked: Array(bytes[..<place])))
        }
        if bytes.count > 1, bytes.count <= byteCountMax { roots.append(self) }
        return roots
    }
}

/// How subtrees with quotas would grow by changes of several keys.
struct QuotaGrowth {
    private var growths = SortedMap<Key, SubtreeSize>()

    init() {}

    /// A key would change.
    mutating func add(_ growth: SubtreeSize, at key: Key, under quotas: QuotaTable) {
        for path in quotas.paths(over: key) {
            if growths.update(path, { $0 += growth }) == nil { growths.insert(growth, for: path) }
        }
    }

    /// Those that may not grow so, each with why.
    func refusals(by quotas: QuotaTable) -> [(path: Key, refusal: Refusal)] {
        growths.elements.compactMap { element in
            quotas.refusal(of: element.value, at: element.key).map { (element.key, $0) }
        }
    }
}
