/// A key that has another value at one revision than at another, or has one at only one of them.
package struct KeyDifference: Hashable, Sendable {
    package let key: Key
    package let before: KeyRecord?
    package let after: KeyRecord?
}

/// Part of what differs in a range between two revisions.
package struct DifferencePage: Hashable, Sendable {
    /// In the order of keys.
    package fileprivate(set) var items: [KeyDifference] = []
    /// The key after which the next part begins; nil in the last.
    package fileprivate(set) var next: Key?
    fileprivate var byteCount = 0
}

extension Store {
    /// The most keys that one part of a difference looks at: some milliseconds.
    package static let comparedKeyCountMax = 50_000

    /// What differs in the range between two revisions. A key that was written anew with the value
    /// that it had does not.
    ///
    /// - Parameters:
    ///   - after: the `next` of the part before.
    ///   - limit: after so many items, or bytes of keys and values, a part ends; it may also end
    ///     with none, after `comparedKeyCountMax` keys.
    /// - Complexity: O(keys of the range that are looked at), and O(log versions) for each that
    ///   changed since.
    package func differences(
        in range: KeyRange,
        from: Revision,
        to: Revision,
        after: Key? = nil,
        limit: Listing.PageLimit
    ) throws(ReadRefusal) -> DifferencePage {
        try check(from)
        try check(to)
        let unchangedSince = min(from, to)
        let archive = archive
        var page = DifferencePage()
        var keyCount = 0
        var walk = RangeWalk(records, range: range, after: after)
        while walk.next() {
            keyCount += 1
            let states = walk.read { record -> (Version?, Version?)? in
                guard record.current.modRevision > unchangedSince else { return nil }
                let states = (
                    record.version(at: from, archive: archive),
                    record.version(at: to, archive: archive)
                )
                return states.0?.modRevision == states.1?.modRevision ? nil : states
            }
            if let (old, new) = states {
                let key = walk.key
                let before = old?.record(key: key, authors: authors)
                let after = new?.record(key: key, authors: authors)
                if before?.value != after?.value {
                    page.append(KeyDifference(key: key, before: before, after: after))
                }
            }
            let isFull =
                page.items.count >= limit.itemCount || page.byteCount >= limit.byteCount
                || keyCount >= Self.comparedKeyCountMax
            guard !isFull else {
                page.next = walk.key
                return page
            }
        }
        return page
    }

    /// The revision of the newest change in the range, deletes that history still has included;
    /// zero where none is known.
    ///
    /// - Returns: nil where the range has more than `keyCountMax` keys, deleted ones included.
    /// - Complexity: O(keys of the range), nothing is copied.
    package func newestChange(in range: KeyRange, keyCountMax: Int) -> Revision? {
        var newest = Revision.zero
        var keyCount = 0
        var walk = RangeWalk(records, range: range)
        while walk.next() {
            keyCount += 1
            guard keyCount <= keyCountMax else { return nil }
            newest = max(newest, walk.read { $0.current.modRevision })
        }
        return newest
    }
}

extension DifferencePage {
    fileprivate mutating func append(_ item: KeyDifference) {
        items.append(item)
        let valueByteCount = (item.before?.value.count ?? 0) + (item.after?.value.count ?? 0)
        byteCount += item.key.bytes.count + valueByteCount
    }
}
