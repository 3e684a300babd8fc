internal import Bytes

extension Store {
    /// A key came to be: counts it as a child, and each parent that exists only from now on.
    /// Returns how many directories changed.
    mutating func childAppeared(at key: Path) -> UInt64 {
        guard directory(key)?.childCount ?? 0 == 0 else { return 0 }
        let now = openRevision
        var changed: UInt64 = 0
        var child = key
        while let parent = child.parent {
            changed += 1
            let before = changeDirectory(parent) { directory in
                directory.changeChildCount(to: directory.childCount + 1, at: now)
                return directory.childCount - 1
            }
            guard before == 0, !isLive(parent) else { break }
            child = parent
        }
        return changed
    }

    /// A key went: the reverse of `childAppeared`.
    mutating func childVanished(at key: Path) -> UInt64 {
        guard directory(key)?.childCount ?? 0 == 0 else { return 0 }
        let now = openRevision
        var changed: UInt64 = 0
        var child = key
        while let parent = child.parent {
            changed += 1
            let left = changeDirectory(parent) { directory in
                invariant(directory.childCount > 0, "a child vanished that was never counted")
                directory.changeChildCount(to: directory.childCount - 1, at: now)
                return directory.childCount
            }
            guard left == 0, !isLive(parent) else { break }
            child = parent
        }
        return changed
    }

    /// Changes a directory in place and in the hash; one that is not there yet is made.
    mutating func changeDirectory(
        _ path: Path,
        _ body: (inout Directory) -> UInt64
    ) -> UInt64 {
        let key = DirectoryKey.key(of: path)
        let (before, after, result) = directories.mutate(key, initial: Directory()) { directory in
            let before = directory.stateItem(key: key)
            let isBlank = directory.isBlank
            let result = body(&directory)
            return (isBlank ? nil : before, directory.stateItem(key: key), result)
        }
        if let before { items.remove(before) }
        items.add(after)
        return result
    }

    /// What is known of `path` as a directory.
    ///
    /// - Complexity: O(log *n*)
    func directory(_ path: Path) -> Directory? {
        directories.value(for: DirectoryKey.key(of: path))
    }

    /// Whether the key has a value now.
    ///
    /// - Complexity: O(log *n*)
    func isLive(_ key: Path) -> Bool { records.value(for: key.bytes)?.current.isLive ?? false }

    /// Whether the key, or anything below it, has a value at `revision`.
    func exists(_ key: Path, at revision: Revision) -> Bool {
        records.value(for: key.bytes)?.version(at: revision)?.isLive ?? false
            || directory(key)?.childCount(at: revision) ?? 0 > 0
    }

    /// How many children `path` has in listings: the service's own records do not count as a child
    /// of the root.
    func listedChildCount(of path: Path, at revision: Revision) -> UInt64 {
        let count = directory(path)?.childCount(at: revision) ?? 0
        return path == .root && exists(.reserved, at: revision) ? count - 1 : count
    }
}

extension Directory {
    /// Whether nothing ever happened to it.
    var isBlank: Bool { childVersion == 0 && sequence == 0 }
}
