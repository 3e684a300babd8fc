internal import Bytes

/// Which subtrees are written only in the name of a lock, whoever writes.
package struct WriteGuards: Sendable {
    /// The most of a cluster: each write looks at them.
    package static let countMax = 256

    /// By the root of the subtree: the name of the lock.
    private(set) var locks = SortedMap<Key, [UInt8]>()
    /// Over all of them.
    private(set) var sum = StateHash()

    /// Whether nothing is guarded.
    package var isEmpty: Bool { locks.count == 0 }

    /// How many there are.
    package var count: Int { locks.count }

    /// The lock in whose name the subtree at that path is written.
    package subscript(root: Key) -> [UInt8]? { locks[root] }

    /// All of them, in the order of their paths.
    package var all: [(root: Key, lock: [UInt8])] { locks.elements.map { ($0.key, $0.value) } }

    mutating func set(_ lock: [UInt8]?, for root: Key) {
        if let before = lock.map({ locks.insert($0, for: root) }) ?? locks.remove(root) {
            sum.remove(Self.item(root, lock: before))
        }
        if let lock { sum.add(Self.item(root, lock: lock)) }
    }

    /// The guards of which some key of the range is written.
    ///
    /// - Complexity: O(*n*) in the guards
    func concerned(by range: KeyRange) -> [(root: Key, lock: [UInt8])] {
        switch range {
        case .key(let key): all.filter { key.isAtOrBelow($0.root) }
        case .subtree, .interval: all.filter { range.overlaps(.subtree($0.root)) }
        }
    }

    private static func item(_ root: Key, lock: [UInt8]) -> StableHash {
        var item = StableHash(seed: SessionStateHashSeed.writeGuard)
        item.combine(root.bytes.span)
        item.combine(lock.span)
        return item
    }

    /// The first rule that they break, nil for sound ones.
    var brokenRule: KeyspaceRule? {
        var anew = WriteGuards()
        for guarded in all { anew.set(guarded.lock, for: guarded.root) }
        let isSound = all.allSatisfy {
            $0.root.isPath && !$0.root.isReserved && Contest.isValid(name: $0.lock)
        }
        return isSound && count <= Self.countMax && anew.sum == sum ? nil : .guardsAreSound
    }
}

/// Sets a guard, or removes one.
package enum GuardChange: Hashable, Sendable {
    case put(Key, lock: [UInt8])
    case remove(Key)

    /// The root of the subtree.
    package var root: Key {
        switch self {
        case .put(let root, _), .remove(let root): root
        }
    }

    /// Whether every member would accept it from the log.
    var isWellFormed: Bool {
        switch self {
        case .put(let root, let lock): root.isPath && Contest.isValid(name: lock)
        case .remove(let root): root.isPath
        }
    }
}
