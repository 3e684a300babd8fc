internal import Bytes

extension Store {
    /// The key as it is, changes of an open set included, or as it was at `revision`; nil when it
    /// has no value there.
    ///
    /// - Complexity: O(log *n* + log versions)
    package func get(_ key: Path, at revision: Revision) throws(ReadRefusal) -> KeyRecord? {
        try check(revision)
        return records.value(for: key.bytes)?.version(at: revision)?.record(key: key)
    }

    /// The key as it is, changes of an open set included.
    ///
    /// - Complexity: O(log *n*)
    package func get(_ key: Path) -> KeyRecord? {
        records.value(for: key.bytes)?.current.record(key: key)
    }

    /// The revision at which the key was last put or deleted, or a later one before
    /// `compactRevision` when compaction has forgotten it.
    ///
    /// - Complexity: O(log *n*)
    package func lastChange(of key: Path) -> Revision {
        if let record = records.value(for: key.bytes) { return record.current.modRevision }
        return Revision(rawValue: max(compactRevision.rawValue, 1) - 1)
    }

    /// What lies right below `parent`, by name, with the number of children of each; parents that
    /// only descendants imply are there without a record. The service's own records are left out
    /// of the root's.
    ///
    /// - Parameters:
    ///   - after: the `next` of the page before.
    ///   - revision: nil is now, changes of an open set included.
    /// - Complexity: O(items · log *n*), and as much for each child that has gone since.
    package func children(
        of parent: Path,
        after: Path? = nil,
        limit: Listing.PageLimit = .none,
        content: Listing.Content = .keysAndValues,
        at revision: Revision? = nil
    ) throws(ReadRefusal) -> Listing {
        let revision = try readable(revision)
        var listing = Listing(revision: revision, limit: limit, content: content)
        var walk = ChildWalk(self, parent: parent, after: after, at: revision)
        while let child = walk.next() {
            if parent == .root, child.key == .reserved { continue }
            guard listing.hasRoom() else { break }
            listing.append(child.key, child.version, childCount: child.childCount)
        }
        return listing
    }

    /// `root` and everything below it that has a value, in byte order. The service's own records
    /// are left out unless `root` names them.
    ///
    /// - Parameters:
    ///   - after: the `next` of the page before.
    ///   - revision: nil is now, changes of an open set included.
    /// - Complexity: O(items · log *n*), and O(1) for each key that has gone since.
    package func subtree(
        of root: Path,
        after: Path? = nil,
        limit: Listing.PageLimit = .none,
        content: Listing.Content = .keysAndValues,
        at revision: Revision? = nil
    ) throws(ReadRefusal) -> Listing {
        let revision = try readable(revision)
        var listing = Listing(revision: revision, limit: limit, content: content)
        var walk = SubtreeWalk(records, root: root, after: after)
        while let (key, record) = walk.next() {
            guard let version = record.version(at: revision), version.isLive else { continue }
            guard listing.hasRoom() else { break }
            listing.append(key, version, childCount: listedChildCount(of: key, at: revision))
        }
        return listing
    }

    /// The revision that a read is about.
    private func readable(_ revision: Revision?) throws(ReadRefusal) -> Revision {
        guard let revision else { return open?.revision ?? self.revision }
        try check(revision)
        return revision
    }

    func check(_ revision: Revision) throws(ReadRefusal) {
        guard revision <= self.revision else {
            throw .futureRevision(asked: revision, current: self.revision)
        }
        guard revision >= compactRevision else { throw .compacted(compactRevision) }
    }
}

/// Walks a key and the keys below it in byte order, deleted ones included.
struct SubtreeWalk {
    private var cursor: KeyTree<Record>.Cursor
    /// What every key below begins with; empty when everything is below.
    private let prefix: [UInt8]
    /// The key itself, while it is still to come.
    private var first: (key: Path, record: Record)?
    private let reserved: Reserved

    /// What is done about the service's own records.
    private enum Reserved { case passedOver, included }

    init(_ records: KeyTree<Record>, root: Path, after: Path?) {
        reserved = root == .root ? .passedOver : .included
        prefix = root == .root ? root.bytes : root.bytes + root.separator
        if after.map({ $0 < root }) ?? true, root != .root {
            first = records.value(for: root.bytes).map { (root, $0) }
        }
        let start = after.map { $0.bytes + [0] } ?? prefix
        cursor = records.cursor(from: start.lexicographicallyPrecedes(prefix) ? prefix : start)
    }

    mutating func next() -> (key: Path, record: Record)? {
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

/// Walks the children of a directory by name: its records and its directories, each kept in an
/// order of its own, merged.
struct ChildWalk {
    struct Child {
        let key: Path
        let version: Version?
        let childCount: UInt64
    }

    private let revision: Revision
    private var records: KeyTree<Record>.Cursor
    private let recordPrefix: [UInt8]
    private var directories: KeyTree<Directory>.Cursor
    private let directoryPrefix: [UInt8]
    private var nextRecord: (key: Path, version: Version)?
    private var nextDirectory: (key: Path, childCount: UInt64)?

    init(_ store: Store, parent: Path, after: Path?, at revision: Revision) {
        self.revision = revision
        recordPrefix = parent == .root ? parent.bytes : parent.bytes + parent.separator
        directoryPrefix = DirectoryKey.prefix(below: parent)
        let afterRecord = after.map { $0.bytes + [0] } ?? []
        let afterDirectory = after.map { DirectoryKey.key(of: $0) + [0] } ?? []
        records = store.records.cursor(from: recordPrefix.later(afterRecord))
        directories = store.directories.cursor(
            from: (directoryPrefix + [0]).later(afterDirectory)
        )
        findRecord()
        findDirectory()
    }

    mutating func next() -> Child? {
        switch (nextRecord, nextDirectory) {
        case (nil, nil): return nil
        case (let record?, let directory?) where record.key == directory.key:
            findRecord()
            findDirectory()
            return Child(
                key: record.key,
                version: record.version,
                childCount: directory.childCount
            )
        case (let record?, let directory) where directory.map { record.key < $0.key } ?? true:
            findRecord()
            return Child(key: record.key, version: record.version, childCount: 0)
        case (_, let directory?):
            findDirectory()
            return Child(key: directory.key, version: nil, childCount: directory.childCount)
        case (_?, nil): return nil
        }
    }

    /// Finds the next direct child with a record, leaping over what lies below each.
    private mutating func findRecord() {
        nextRecord = nil
        while !records.isAtEnd {
            let key = records.key
            guard key.starts(with: recordPrefix) else { return }
            let name = key[recordPrefix.count...]
            if let slash = name.firstIndex(of: UInt8(ascii: "/")) {
                records.seek(to: Path(unchecked: Array(key[..<slash])).endOfSubtree)
                continue
            }
            let version = name.isEmpty ? nil : records.value.version(at: revision)
            records.advance()
            guard let version, version.isLive else { continue }
            nextRecord = (Path(unchecked: key), version)
            return
        }
    }

    /// Finds the next direct child that has children.
    private mutating func findDirectory() {
        nextDirectory = nil
        while !directories.isAtEnd {
            let key = directories.key
            guard key.starts(with: directoryPrefix) else { return }
            let childCount = directories.value.childCount(at: revision)
            directories.advance()
            guard childCount > 0 else { continue }
            nextDirectory = (DirectoryKey.path(of: key), childCount)
            return
        }
    }
}

extension Path {
    /// The slash that parts a key from what lies below it.
    fileprivate var separator: [UInt8] { [UInt8(ascii: "/")] }

    /// The first byte string behind everything below the key, which is not the root.
    fileprivate var endOfSubtree: [UInt8] { bytes + [UInt8(ascii: "/") + 1] }
}

extension [UInt8] {
    fileprivate func later(_ other: [UInt8]) -> [UInt8] {
        lexicographicallyPrecedes(other) ? other : self
    }
}
