internal import Bytes

/// A key that was put, and what it was before.
package struct Replacement: Sendable {
    package let result: PutResult
    /// nil for a key that was created, and for one that was tied to no lease.
    package let previousLease: LeaseID?
}

extension Store {
    /// Gives the key a value; without a lease it is detached from the one it had.
    ///
    /// - Complexity: O(log *n*), and O(depth · log *n*) for a key that was missing.
    @discardableResult
    package mutating func put(
        _ key: Path,
        value: [UInt8],
        lease: LeaseID? = nil
    ) -> Replacement {
        let now = openRevision
        let (before, written, occurrence) = records.mutate(key.bytes, initial: .absent) { record in
            let before = record.current
            let occurrence = record.versionCount(at: now)
            let version = Version(
                value: value,
                createRevision: before.isLive ? before.createRevision : now,
                modRevision: now,
                version: before.version + 1,
                lease: lease?.rawValue ?? 0
            )
            record.advance(to: version)
            return (before, version, occurrence)
        }
        byteCount += value.count - before.value.count
        var directoryCount: UInt64 = 0
        if !before.isLive {
            keyCount += 1
            byteCount += key.bytes.count
            directoryCount = childAppeared(at: key)
        }
        items.add(written.stateItem(key: key.bytes))
        log(.put, key, written, before: before, occurrence, directoryCount)
        let result = PutResult(
            revision: now,
            createRevision: written.createRevision,
            version: written.version,
            lease: lease
        )
        let previousLease = before.lease == 0 ? nil : LeaseID(rawValue: before.lease)
        return Replacement(result: result, previousLease: previousLease)
    }

    /// Removes the key; what lies below it stays. The key as it was, nil when it was missing.
    ///
    /// - Complexity: O(depth · log *n*)
    @discardableResult
    package mutating func delete(_ key: Path) -> KeyRecord? {
        let now = openRevision
        let change = records.mutateExisting(key.bytes) { record -> (Version, UInt32)? in
            guard record.current.isLive else { return nil }
            let before = record.current
            let occurrence = record.versionCount(at: now)
            record.advance(to: .deletion(at: now))
            return (before, occurrence)
        }
        guard let (before, occurrence) = change ?? nil else { return nil }
        keyCount -= 1
        byteCount -= key.bytes.count + before.value.count
        let directoryCount = childVanished(at: key)
        let deletion = Version.deletion(at: now)
        items.add(deletion.stateItem(key: key.bytes))
        log(.delete, key, deletion, before: before, occurrence, directoryCount)
        return before.record(key: key)
    }

    /// Removes the key and everything below it, in byte order; what was removed. The service's own
    /// records stay unless `root` names them.
    ///
    /// - Complexity: O(removed · depth · log *n*)
    @discardableResult
    package mutating func deleteSubtree(_ root: Path) -> [KeyRecord] {
        var keys: [Path] = []
        var walk = SubtreeWalk(records, root: root, after: nil)
        while let (key, record) = walk.next() {
            if record.current.isLive { keys.append(key) }
        }
        return keys.compactMap { delete($0) }
    }

    /// The next number for a sequential child of `parent`: from 1, never given twice, whatever is
    /// deleted.
    ///
    /// - Complexity: O(log *n*)
    package mutating func nextSequence(under parent: Path) -> UInt64 {
        _ = openRevision
        return changeDirectory(parent) { directory in
            directory.sequence += 1
            return (directory.sequence, past: nil)
        }
    }

    /// The revision of the change set that is open.
    package var openRevision: Revision {
        guard let open else { unreachable("a change outside a change set") }
        return open.revision
    }

    private mutating func log(
        _ kind: LoggedEvent.Kind,
        _ key: Path,
        _ version: Version,
        before: Version,
        _ occurrence: UInt32,
        _ directoryCount: UInt64
    ) {
        guard let sub = open?.eventCount, let time = open?.time else { return }
        let id = EventID(revision: version.modRevision, sub: sub)
        let isBlank = before.modRevision == .zero
        let logged = LoggedEvent(
            id: id,
            time: time,
            kind: kind,
            occurrence: occurrence,
            reach: LoggedEvent.Reach(superseded: !isBlank, directoryCount: directoryCount),
            key: key
        )
        items.add(logged.stateItem)
        log.append(logged, supersededByteCount: isBlank ? 0 : before.heldByteCount(key: key.bytes))
        open?.eventCount += 1
        guard audience == .somebody else { return }
        let change = version.record(key: key).map(Event.Change.put) ?? .delete(key)
        open?.events.append(Event(id: id, change: change, previous: before.record(key: key)))
    }
}
