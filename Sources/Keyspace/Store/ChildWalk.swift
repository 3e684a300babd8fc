/// Walks the children of a directory by name: its records and its directories, each kept in an
/// order of its own, merged.
struct ChildWalk {
    struct Child {
        let key: Key
        let version: Version?
        let childCount: UInt64
    }

    private let revision: Revision
    private let archive: VersionLog
    private var records: KeyTree<VersionedRecord>.Cursor
    private let recordPrefix: [UInt8]
    private var directories: KeyTree<Directory>.Cursor
    private let directoryPrefix: [UInt8]
    private var nextRecord: (key: Key, version: Version)?
    private var nextDirectory: (key: Key, childCount: UInt64)?

    init(_ store: Store, parent: Key, after: Key?, at revision: Revision) {
        self.revision = revision
        archive = store.archive
        recordPrefix = parent == .root ? parent.bytes : parent.bytes + parent.separator
        directoryPrefix = DirectoryKey.prefix(below: parent)
        let start = recordPrefix.later(after.map { $0.bytes + [0] } ?? [])
        records = store.records.cursor(from: start)
        // Where the same name is among the directories; after them all if it is none of theirs.
        directories = store.directories.cursor(
            from: start.starts(with: recordPrefix)
                ? (directoryPrefix + [0]).later(directoryPrefix + start[recordPrefix.count...])
                : directoryPrefix.dropLast() + [1]
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
                records.seek(to: Key(unchecked: Array(key[..<slash])).endOfSubtree)
                continue
            }
            let version = name.isEmpty ? nil : records.value.version(at: revision, archive: archive)
            records.advance()
            // What is no path is nobody's child.
            let child = Key(unchecked: key)
            guard let version, version.isLive, child.isPath else { continue }
            nextRecord = (child, version)
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

extension [UInt8] {
    fileprivate func later(_ other: [UInt8]) -> [UInt8] {
        lexicographicallyPrecedes(other) ? other : self
    }
}
