internal import Bytes

extension Store {
    /// A key came to be: counts it, if it is a path, as a child, and each parent that exists only from now on.
    /// Returns how many directories changed.
    mutating func childAppeared(at key: Key) -> UInt64 {
        guard key.isPath, childCount(of: key) == 0 else { return 0 }
        let now = openRevision
        var changed: UInt64 = 0
        var child = key
        while let parent = child.parent {
            changed += 1
            let before = changeChildCount(of: parent, at: now) { $0 + 1 }.before
            guard before == 0, !isLive(parent) else { break }
            child = parent
        }
        return changed
    }

    /// A key went: the reverse of `childAppeared`.
    mutating func childVanished(at key: Key) -> UInt64 {
        if planted(.childCountKept) { return 0 }
        guard key.isPath, childCount(of: key) == 0 else { return 0 }
        let now = openRevision
        var changed: UInt64 = 0
        var child = key
        while let parent = child.parent {
            changed += 1
            let left = changeChildCount(of: parent, at: now) { count in
                invariant(count > 0, "a child vanished that was never counted")
                return count - 1
            }.after
            guard left == 0, !isLive(parent) else { break }
            child = parent
        }
        return changed
    }

    private mutating func changeChildCount(
        of path: Key,
        at revision: Revision,
        _ change: (UInt64) -> UInt64
    ) -> (before: UInt64, after: UInt64) {
        changeDirectory(path) { directory in
            let before = directory.childCount
            let past = directory.changeChildCount(to: change(before), at: revision)
            return ((before, directory.childCount), past)
        }
    }

    /// Changes a directory in place and in the hash; one that is not there yet is made.
    ///
    /// - Parameter body: returns, beside its result, the child count that it made a past one.
    mutating func changeDirectory<Result>(
        _ path: Key,
        _ body: (inout Directory) -> (Result, past: ChildCount?)
    ) -> Result {
        let key = DirectoryKey.key(of: path)
        let (before, after, result, past) = directories.mutate(key, initial: Directory()) {
            directory in
            let before = directory.isBlank ? nil : directory.stateItem(key: key)
            let (result, past) = body(&directory)
            return (before, directory.stateItem(key: key), result, past)
        }
        if let before { items.remove(before) }
        if let past { items.add(past.stateItem(key: key)) }
        items.add(after)
        return result
    }

    /// What is known of `path` as a directory.
    ///
    /// - Complexity: O(log *n*)
    func directory(_ path: Key) -> Directory? {
        directories.value(for: DirectoryKey.key(of: path))
    }

    /// How many children `path` has now.
    ///
    /// - Complexity: O(log *n*)
    func childCount(of path: Key) -> UInt64 {
        directories.read(DirectoryKey.key(of: path)) { $0.childCount } ?? 0
    }

    /// Whether the key has a value now.
    ///
    /// - Complexity: O(log *n*)
    func isLive(_ key: Key) -> Bool { records.read(key.bytes) { $0.current.isLive } ?? false }

    /// Whether the key, or anything below it, has a value at `revision`.
    func exists(_ key: Key, at revision: Revision) -> Bool {
        records.read(key.bytes) { $0.isLive(at: revision, archive: archive) } ?? false
            || directory(key)?.childCount(at: revision) ?? 0 > 0
    }

    /// How many children `path` has in listings: the service's own records do not count as a child
    /// of the root.
    func listedChildCount(of path: Key, at revision: Revision) -> UInt64 {
        let count = directory(path)?.childCount(at: revision) ?? 0
        return path == .root && exists(.reserved, at: revision) ? count - 1 : count
    }
}

extension Directory {
    /// Whether nothing ever happened to it.
    var isBlank: Bool { childVersion == 0 && sequence == 0 }
}
