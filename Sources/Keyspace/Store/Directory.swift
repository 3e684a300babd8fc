internal import Bytes

/// How many children a directory had from one revision on.
struct ChildCount: PastNumber {
    let revision: Revision
    let count: UInt64

    var number: UInt64 { count }

    /// A directory with many children has as many.
    static var isPacked: Bool { true }

    init(revision: Revision, number: UInt64) { self.init(revision: revision, count: number) }

    init(revision: Revision, count: UInt64) {
        self.revision = revision
        self.count = count
    }

    /// The item that this past count of a directory is in the state's hash.
    func stateItem(key: [UInt8]) -> StableHash {
        var hash = StableHash(seed: StoreHashSeed.childCount)
        hash.combine(key.span)
        hash.combine(revision.rawValue)
        hash.combine(count)
        return hash
    }
}

/// What is known of a path because others lie below it, whether it has a record or not.
struct Directory: Weighed, Sendable {
    /// Direct children: those with a record, and those that only descendants imply.
    var childCount: UInt64 = 0
    /// The number of the last sequential child; never reused.
    var sequence: UInt64 = 0
    /// How often a child came or went (ZooKeeper's cversion).
    var childVersion: UInt64 = 0
    /// The revision at which a child last came or went (ZooKeeper's pzxid).
    var lastChildChange = Revision.zero
    /// The counts before.
    var older = RevisionHistory<ChildCount>()

    init() {}

    /// The number of direct children at `revision`.
    ///
    /// - Complexity: O(log changes)
    func childCount(at revision: Revision) -> UInt64 {
        lastChildChange <= revision ? childCount : older.last(notAfter: revision)?.count ?? 0
    }

    /// A child came or went at `revision`. The count that is past from now on, if there is one.
    mutating func changeChildCount(to count: UInt64, at revision: Revision) -> ChildCount? {
        assert(revision >= lastChildChange, "a directory changes before it last did")
        var past: ChildCount?
        if lastChildChange > .zero, revision > lastChildChange {
            let count = ChildCount(revision: lastChildChange, count: childCount)
            older.append(count)
            past = count
        }
        childCount = count
        childVersion += 1
        lastChildChange = revision
        return past
    }

    /// Forgets the counts that something newer, at `revision` or before, superseded; their items in
    /// the state's hash.
    ///
    /// - Complexity: O(forgotten)
    mutating func forgetCounts(before revision: Revision, key: [UInt8]) -> StateHash {
        var forgotten = StateHash()
        while !older.isEmpty {
            let superseded = secondCount?.revision ?? lastChildChange
            guard superseded <= revision, let count = older.removeFirst() else { break }
            assert(count.revision < superseded, KeyspaceRule.directoriesArePast.rawValue)
            forgotten.add(count.stateItem(key: key))
        }
        return forgotten
    }

    /// The count after the oldest, if that is past too. The walk ends here: the history is not
    /// copied when it changes.
    private var secondCount: ChildCount? {
        var walk = older.makeIterator()
        _ = walk.next()
        return walk.next()
    }

    /// Whether nothing is known that could be asked for once everything up to `revision` is gone.
    func isForgettable(at revision: Revision) -> Bool {
        childCount == 0 && sequence == 0 && older.isEmpty && lastChildChange <= revision
    }

    /// The item that this directory is in the state's hash.
    func stateItem(key: [UInt8]) -> StableHash {
        var hash = StableHash(seed: StoreHashSeed.directory)
        hash.combine(key.span)
        hash.combine(childCount)
        hash.combine(sequence)
        hash.combine(childVersion)
        hash.combine(lastChildChange.rawValue)
        return hash
    }
}

/// Where directories are kept in their map: the path with its last slash replaced by NUL, which no
/// path contains. So the directories right below one are neighbours, in the order of their names.
enum DirectoryKey {
    /// Empty, where nothing is kept, for a key without a slash: that is no path, and `\0a` is not to
    /// be taken for the key of `/a`.
    static func key(of path: Key) -> [UInt8] {
        var key = path.bytes
        guard let slash = key.lastIndex(of: UInt8(ascii: "/")) else { return [] }
        key[slash] = 0
        return key
    }

    /// What the keys of the directories right below `parent` begin with; the root's own key is
    /// among those of its children.
    static func prefix(below parent: Key) -> [UInt8] {
        parent == .root ? [0] : parent.bytes + [0]
    }

    static func path(of key: [UInt8]) -> Key {
        var bytes = key
        if let nul = key.lastIndex(of: 0) { bytes[nul] = UInt8(ascii: "/") }
        return Key(unchecked: bytes)
    }
}
