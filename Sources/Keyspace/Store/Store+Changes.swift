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
    /// - Complexity: O(log *n*), and O(depth · log *n*) for a path that was missing.
    @discardableResult
    package mutating func put(
        _ key: Key,
        value: [UInt8],
        lease: LeaseID? = nil
    ) -> Replacement {
        let now = openRevision
        let wallTime = open?.stamp.wallTime ?? .unknown
        let marks = VersionMarks.make(open?.stamp.marks, tying: lease)
        let note = marks?.note ?? []
        let isFollowed = open?.audience == .somebody
        var previous: Version?
        let change = Self.change(
            &records,
            archive: &archive,
            key: key,
            value: value,
            marks: marks,
            previous: &previous,
            isPreviousWanted: isFollowed
        ) { before in
            var head = VersionHead(deletionAt: now)
            head.createRevision = before.isLive ? before.createRevision : now
            head.version = before.version + 1
            head.lease = lease?.rawValue ?? 0
            head.created = before.isLive ? before.created : wallTime
            head.modified = wallTime
            head.author = marks?.author ?? .nobody
            head.valueByteCount = value.count
            head.noteByteCount = note.count
            return head
        }
        let (before, written) = (change.before, change.written)
        byteCount += value.count - before.valueByteCount
        var directoryCount: UInt64 = 0
        if !before.isLive {
            keyCount += 1
            byteCount += key.bytes.count
            directoryCount = childAppeared(at: key)
        }
        invariant(keyCount <= records.count && byteCount >= 0, Self.countRule)
        if !quotas.isEmpty { count(key, byteCount: value.count, before: before) }
        items.add(written.stateItem(key: key.bytes, value: value.span, note: note.span))
        log(.put, key: key, change: change, directoryCount: directoryCount)
        if isFollowed {
            let signature = marks.flatMap { authors.signature($0) }
            follow(
                .put(written.record(key: key, value: value, signature: signature)),
                previous: previous?.record(key: key, authors: authors)
            )
        }
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
    package mutating func delete(_ key: Key, cause: DeleteCause = .deleted) -> KeyRecord? {
        let now = openRevision
        let cause = planted(.causeForgotten) ? .deleted : cause
        guard isLive(key) else { return nil }
        var previous: Version?
        let change = Self.change(
            &records,
            archive: &archive,
            key: key,
            value: [],
            marks: nil,
            previous: &previous,
            isPreviousWanted: true
        ) { _ in VersionHead(deletionAt: now) }
        keyCount -= 1
        byteCount -= key.bytes.count + change.before.valueByteCount
        invariant(keyCount >= 0 && byteCount >= 0, Self.countRule)
        if !quotas.isEmpty { count(key, byteCount: nil, before: change.before) }
        let directoryCount = childVanished(at: key)
        items.add(Version.deletion(at: now).stateItem(key: key.bytes))
        log(.delete(cause), key: key, change: change, directoryCount: directoryCount)
        let record = previous?.record(key: key, authors: authors)
        if open?.audience == .somebody { follow(.delete(key, cause), previous: record) }
        return record
    }

    /// Counts a change for the quotas that cover the key.
    ///
    /// - Parameter byteCount: of the value; nil for a deletion.
    @inline(never)
    private mutating func count(_ key: Key, byteCount: Int?, before: VersionHead) {
        func size(_ byteCount: Int?) -> SubtreeSize {
            byteCount.map { SubtreeSize(keyCount: 1, byteCount: key.bytes.count + $0) } ?? .none
        }
        let gone = size(before.isLive ? before.valueByteCount : nil)
        quotas.note(key, growth: size(byteCount) - gone)
    }

    /// What the counts show.
    private static var countRule: String { KeyspaceRule.keysAreCounted.rawValue }

    /// A key's change: all that is asked about the versions before and after it.
    private struct VersionChange {
        let before: VersionHead
        let written: VersionHead
        /// How many versions of the same revision the key had before.
        let occurrence: UInt32
    }

    /// Gives the key another version. Static, so that the archive takes the one before while the
    /// records are being changed.
    ///
    /// - Parameter previous: becomes the version before, if that is wanted. It is no part of the
    ///   result, in which every reference would be counted on each way out.
    private static func change(
        _ records: inout KeyTree<VersionedRecord>,
        archive: inout VersionLog,
        key: Key,
        value: [UInt8],
        marks: VersionMarks?,
        previous: inout Version?,
        isPreviousWanted: Bool,
        to next: (VersionHead) -> VersionHead
    ) -> VersionChange {
        records.mutate(key.bytes, initial: .absent) { record in
            let before = record.current.head
            let written = next(before)
            let occurrence = record.versionCount(at: written.modRevision, archive: archive)
            assert(before.modRevision <= written.modRevision, KeyspaceRule.versionsFall.rawValue)
            let version = Version(written, value: value, marks: marks)
            let earlier = record.advance(to: version, archive: &archive)
            if isPreviousWanted { previous = earlier }
            return VersionChange(before: before, written: written, occurrence: occurrence)
        }
    }

    /// Removes every key of the range, in byte order; what was removed.
    ///
    /// - Complexity: O(removed · depth · log *n*)
    @discardableResult
    package mutating func delete(_ range: KeyRange) -> [KeyRecord] {
        if case .key(let key) = range { return delete(key).map { [$0] } ?? [] }
        return liveKeys(in: range).compactMap { delete($0) }
    }

    /// The same within a transaction.
    ///
    /// - Throws: `.tooManyLooks`, before anything of the range is removed. One key costs nothing.
    mutating func delete(
        _ range: KeyRange,
        budget: inout TransactionBudget
    ) throws(Refusal) -> [KeyRecord] {
        if case .key = range { return delete(range) }
        return try liveKeys(in: range, budget: &budget).compactMap { delete($0) }
    }

    /// The keys of the range that have a value, in byte order.
    ///
    /// - Complexity: O(keys · log *n*), and O(1) for each that has gone since.
    func liveKeys(in range: KeyRange) -> [Key] {
        var keys: [Key] = []
        var walk = RangeWalk(records, range: range)
        while walk.next() {
            if walk.read({ $0.current.isLive }) { keys.append(walk.key) }
        }
        return keys
    }

    /// The next number for a sequential child of `parent`: from 1, never given twice, whatever is
    /// deleted.
    ///
    /// - Complexity: O(log *n*)
    package mutating func nextSequence(under parent: Key) -> UInt64 {
        _ = openRevision
        return changeDirectory(parent) { directory in
            invariant(directory.sequence < .max, "the numbers of children ran out")
            directory.sequence += 1
            return (directory.sequence, past: nil)
        }
    }

    private func liveKeys(
        in range: KeyRange,
        budget: inout TransactionBudget
    ) throws(Refusal) -> [Key] {
        var keys: [Key] = []
        var walk = RangeWalk(records, range: range)
        while walk.next() {
            try budget.look()
            if walk.read({ $0.current.isLive }) { keys.append(walk.key) }
        }
        return keys
    }

    /// The revision of the change set that is open.
    package var openRevision: Revision {
        guard let revision = open?.revision else { unreachable("a change outside a change set") }
        return revision
    }

    private mutating func log(
        _ kind: LoggedEvent.Kind,
        key: Key,
        change: VersionChange,
        directoryCount: UInt64
    ) {
        guard let sub = open?.eventCount, let time = open?.stamp.time else { return }
        let isBlank = change.before.isBlank
        let logged = LoggedEvent(
            id: EventID(revision: change.written.modRevision, sub: sub),
            time: time,
            kind: kind,
            occurrence: change.occurrence,
            reach: LoggedEvent.Reach(superseded: !isBlank, directoryCount: directoryCount),
            key: key
        )
        items.add(logged.stateItem)
        log.append(logged, supersededByteCount: isBlank ? 0 : change.before.heldByteCount)
        open?.eventCount += 1
    }

    /// Makes the event that was just logged, for those who look.
    private mutating func follow(_ change: Event.Change, previous: KeyRecord?) {
        guard let revision = open?.revision, let count = open?.eventCount else { return }
        let id = EventID(revision: revision, sub: count - 1)
        open?.events.append(Event(id: id, change: change, previous: previous))
    }
}
