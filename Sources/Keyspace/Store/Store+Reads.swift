extension Store {
    /// The key as it is, changes of an open set included, or as it was at `revision`; nil when it
    /// has no value there.
    ///
    /// - Complexity: O(log *n* + log versions)
    package func get(_ key: Key, at revision: Revision) throws(ReadRefusal) -> KeyRecord? {
        try check(revision)
        // The closure holds what it needs of the store, not the store.
        let archive = archive
        let version = records.read(key.bytes) { $0.version(at: revision, archive: archive) }
        return version??.record(key: key, authors: authors)
    }

    /// The key as it is, changes of an open set included.
    ///
    /// - Complexity: O(log *n*)
    package func get(_ key: Key) -> KeyRecord? {
        records.read(key.bytes) { $0.current }?.record(key: key, authors: authors)
    }

    /// The key's newest version, changes of an open set included; nil when it has no value.
    ///
    /// - Parameter key: a valid key.
    /// - Complexity: O(log *n*), nothing is allocated.
    package func newest(_ key: Span<UInt8>) -> Version? {
        // The one version is copied, not the record to look at it.
        guard let version = records.read(key, { $0.current }), version.isLive else { return nil }
        return version
    }

    /// The revision at which the key was last put or deleted, or a later one before
    /// `compactRevision` when compaction has forgotten it.
    ///
    /// - Complexity: O(log *n*)
    package func lastChange(of key: Key) -> Revision {
        records.read(key.bytes) { $0.current.modRevision }
            ?? Revision(rawValue: max(compactRevision.rawValue, 1) - 1)
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
        of parent: Key,
        after: Key? = nil,
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
            listing.append(
                child.key,
                version: child.version,
                childCount: child.childCount,
                authors: authors
            )
        }
        return listing
    }

    /// Every key of the range that has a value, in byte order.
    ///
    /// - Parameters:
    ///   - after: the `next` of the page before.
    ///   - revision: nil is now, changes of an open set included.
    /// - Complexity: O(items · log *n*), and O(1) for each key that has gone since.
    package func list(
        _ range: KeyRange,
        after: Key? = nil,
        limit: Listing.PageLimit = .none,
        content: Listing.Content = .keysAndValues,
        at revision: Revision? = nil
    ) throws(ReadRefusal) -> Listing {
        let revision = try readable(revision)
        let archive = archive
        var listing = Listing(revision: revision, limit: limit, content: content)
        var walk = RangeWalk(records, range: range, after: after)
        while walk.next() {
            guard let version = walk.read({ $0.version(at: revision, archive: archive) }),
                version.isLive
            else { continue }
            guard listing.hasRoom() else { break }
            let key = walk.key
            listing.append(
                key,
                version: version,
                childCount: listedChildCount(of: key, at: revision),
                authors: authors
            )
        }
        return listing
    }

    /// How many keys of the range have a value, and the highest mod revision among them; zero when
    /// there are none.
    ///
    /// - Parameter revision: nil is now, changes of an open set included.
    /// - Complexity: O(log *n*) for now; O(keys of the range) for a past revision, nothing is copied.
    package func tag(
        of range: KeyRange,
        at revision: Revision? = nil
    ) throws(ReadRefusal) -> TreeWrite.Tag {
        try tag(of: range, at: revision, keyCountMax: .max)
            ?? TreeWrite.Tag(modRevision: .zero, keyCount: 0)
    }

    /// The same; nil where more than `keyCountMax` keys would have to be walked for a past revision,
    /// deleted and later ones included.
    ///
    /// - Complexity: O(log *n*) for now; for a past revision O(keys of the range that are looked at),
    ///   nothing is copied.
    package func tag(
        of range: KeyRange,
        at revision: Revision? = nil,
        keyCountMax: UInt64
    ) throws(ReadRefusal) -> TreeWrite.Tag? {
        guard let revision, !isNow(revision) else { return newestTag(of: range) }
        try check(revision)
        let archive = archive
        var count: UInt64 = 0
        var walkedCount: UInt64 = 0
        var last = Revision.zero
        var walk = RangeWalk(records, range: range)
        while walk.next() {
            guard walkedCount < keyCountMax else { return nil }
            walkedCount += 1
            let head = walk.read { $0.head(at: revision, archive: archive) }
            guard let head, head.isLive else { continue }
            count += 1
            last = max(last, head.modRevision)
        }
        return TreeWrite.Tag(modRevision: last, keyCount: count)
    }

    /// The tag of the range now, changes of an open set included.
    ///
    /// - Complexity: O(log *n*)
    func newestTag(of range: KeyRange) -> TreeWrite.Tag {
        var weight = TreeWeight.none
        for span in range.openSpans { weight.add(records.weight(from: span.from, to: span.to)) }
        return TreeWrite.Tag(modRevision: weight.newest, keyCount: UInt64(weight.count))
    }

    /// Whether a read of that revision sees exactly what is there, no change set being open.
    func isNow(_ revision: Revision) -> Bool { revision == self.revision && open == nil }

    /// The revision that a read is about.
    func readable(_ revision: Revision?) throws(ReadRefusal) -> Revision {
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

/// Why a read cannot be answered.
package enum ReadRefusal: Error, Hashable, Sendable {
    /// The revision asked for is gone; the oldest that is left.
    case compacted(Revision)
    case futureRevision(asked: Revision, current: Revision)
}
