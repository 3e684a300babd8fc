package import Bytes

extension Store {
    /// How many compacted events each change set forgets: more than most make, so that what waits
    /// to be forgotten shrinks.
    static let forgottenEventCountPerChangeSet = 16
    /// How many compacted events the compaction itself forgets.
    static let forgottenEventCountPerCompaction = 1024

    /// Forgets history before `revision`, whose own state and events stay: from now on no read
    /// reaches it; its memory is freed in slices, by this and the change sets that follow.
    ///
    /// - Throws: `.futureRevision` ahead of the store, `.compacted` at or before an earlier
    ///   compaction.
    package mutating func compact(to revision: Revision) throws(ReadRefusal) {
        guard revision <= self.revision else {
            throw .futureRevision(asked: revision, current: self.revision)
        }
        guard revision > compactRevision else { throw .compacted(compactRevision) }
        assert(open == nil, KeyspaceRule.changeSetIsClosed.rawValue)
        compactRevision = revision
        forgetHistory(eventCountMax: Self.forgottenEventCountPerCompaction)
    }

    /// The revision to which history should be compacted at the cluster's time `now`, by the
    /// settings' limits on its age, length and bytes; nil while it is within them.
    ///
    /// - Complexity: O(1) when nothing is due, else O(pieces of the log)
    package func dueCompaction(at now: ClusterTime, keeping settings: ClusterSettings) -> Revision?
    {
        let slack = Self.historySlackDivisor
        var due = compactRevision
        let revisionCount = revision.rawValue - compactRevision.rawValue
        if revisionCount > settings.historyRevisionCount + settings.historyRevisionCount / slack {
            due = max(due, Revision(rawValue: revision.rawValue - settings.historyRevisionCount))
        }
        let byteCountMax = Int(settings.historyByteCount)
        if log.heldByteCount > byteCountMax + byteCountMax / Int(slack) {
            due = max(due, log.firstRevision(heldByteCountMax: byteCountMax))
        }
        if now.rawValue >= settings.historyMilliseconds, let oldest = oldestTime {
            let horizon = ClusterTime(rawValue: now.rawValue - settings.historyMilliseconds)
            let slack = settings.historyMilliseconds / slack
            if oldest.advanced(byMilliseconds: slack) < horizon {
                due = max(due, log.lastRevision(notAfter: horizon) ?? due)
            }
        }
        due = min(due, revision)
        return due > compactRevision ? due : nil
    }

    /// The cluster's time of the oldest change that is kept; nil while there is none.
    var oldestTime: ClusterTime? {
        log.time(of: EventID(revision: max(compactRevision, firstEvent.revision), sub: 0))
    }

    /// Forgets up to `eventCountMax` of the oldest events before `compactRevision`, each with what
    /// it superseded.
    ///
    /// - Complexity: O(`eventCountMax` · depth · log *n*)
    mutating func forgetHistory(eventCountMax: Int) {
        guard firstEvent.revision < compactRevision else { return }
        for _ in 0..<eventCountMax {
            guard let id = log.id(at: firstPosition) else { break }
            firstEvent = id
            guard id.revision < compactRevision, let event = log.next(&firstPosition) else { break }
            forget(event)
            firstEvent = EventID(revision: event.id.revision, sub: event.id.sub + 1)
        }
        log.dropPieces(before: &firstPosition)
        assert(
            log.id(at: firstPosition).map { $0 >= firstEvent } ?? true,
            KeyspaceRule.forgottenEventsAreGone.rawValue
        )
    }

    private mutating func forget(_ event: LoggedEvent) {
        items.remove(event.stateItem)
        if event.reach.superseded || event.kind.isDelete { forgetVersion(event) }
        guard event.key.isPath else { return }
        if event.kind.isDelete { forgetDirectory(event.key, at: event.id.revision) }
        var child = event.key
        for _ in 0..<event.reach.directoryCount {
            guard let parent = child.parent else { return }
            let key = DirectoryKey.key(of: parent)
            let forgotten = directories.mutateExisting(key) { directory in
                directory.forgetCounts(before: event.id.revision, key: key)
            }
            if let forgotten { items.remove(forgotten) }
            forgetDirectory(parent, at: event.id.revision)
            child = parent
        }
    }

    /// Forgets the version that the event superseded, and the key when the event deleted it for
    /// good.
    private mutating func forgetVersion(_ event: LoggedEvent) {
        let key = event.key.bytes
        if event.reach.superseded, let (item, isSkipTarget) = archive.removeFirst(key: key) {
            items.remove(item)
            if isSkipTarget { records.mutateExisting(key) { $0.past.removeFirstSkipPointer() } }
        }
        guard mayForgetKey(event) else { return }
        let gone = records.read(key) { record -> Version? in
            if planted(.compactionDropsLive) { return record.current }
            return record.past.isEmpty(archive) && !record.current.isLive ? record.current : nil
        }
        guard let gone = gone ?? nil else { return }
        items.remove(gone.stateItem(key: key))
        records.remove(key)
    }

    /// Whether the key may be gone with the event: only a deletion is a key's end.
    private func mayForgetKey(_ event: LoggedEvent) -> Bool {
        if planted(.compactionDropsLive) { return true }
        return event.kind.isDelete
    }

    private mutating func forgetDirectory(_ path: Key, at revision: Revision) {
        guard let directory = directory(path), directory.isForgettable(at: revision),
            !isLive(path)
        else { return }
        let key = DirectoryKey.key(of: path)
        items.remove(directory.stateItem(key: key))
        directories.remove(key)
    }
}

extension EventLog {
    /// The time of the first event that is not before `id`; nil when there is none.
    func time(of id: EventID) -> ClusterTime? {
        var position = position(of: id)
        return next(&position)?.time
    }

    /// The last revision at or before `time`; nil when the oldest is later.
    ///
    /// - Complexity: O(log pieces + events of a piece)
    func lastRevision(notAfter time: ClusterTime) -> Revision? {
        var low = firstPiece
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].firstTime <= time { low = middle + 1 } else { high = middle }
        }
        guard low > firstPiece else { return nil }
        var position = position(of: pieces[low - 1].first)
        var found = pieces[low - 1].first.revision
        while let event = next(&position), event.time <= time { found = event.id.revision }
        return found
    }

    /// The oldest revision from which on the log holds no more than `heldByteCountMax` bytes, to
    /// the nearest piece.
    ///
    /// - Complexity: O(pieces)
    func firstRevision(heldByteCountMax: Int) -> Revision {
        var held = heldByteCount
        for piece in pieces[firstPiece...] {
            guard held > heldByteCountMax else { return piece.first.revision }
            held -= piece.heldByteCount
        }
        return end.revision
    }
}

extension VersionHead {
    /// What the version costs when it is no longer in force, roughly.
    var heldByteCount: Int { valueByteCount + noteByteCount + 64 }
}
