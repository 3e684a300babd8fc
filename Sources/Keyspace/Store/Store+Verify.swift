internal import Bytes

extension Store {
    /// The first rule that the store breaks between two change sets, nil for a sound one.
    ///
    /// - Complexity: O(*n* log *n*) in everything it holds, history included.
    var brokenRule: KeyspaceRule? {
        guard open == nil else { return .changeSetIsClosed }
        guard compactRevision <= revision, firstEvent.revision <= revision,
            log.end.revision == revision
        else { return .revisionsAreOrdered }
        guard records.violations().isEmpty, directories.violations().isEmpty else {
            return .treesAreSorted
        }
        if let rule = log.brokenRule ?? archive.brokenRule { return rule }
        var audit = StoreAudit()
        if let rule = audit.countRecords(of: self) { return rule }
        if let rule = audit.countDirectories(of: self) { return rule }
        if let rule = audit.countEvents(of: self) { return rule }
        guard audit.keyCount == keyCount, audit.byteCount == byteCount else {
            return .keysAreCounted
        }
        guard audit.children.isEven() else { return .childrenAreCounted }
        guard audit.pastVersionCount == audit.supersededCount,
            audit.pastVersionCount == archive.versionCount
        else { return .archiveIsSuperseded }
        return audit.items == items ? nil : .itemHashIsSum
    }
}

/// Sums over a store, computed afresh to be compared with those that it keeps.
private struct StoreAudit {
    var keyCount = 0
    var byteCount = 0
    /// Versions that are no longer in force, by the keys' chains.
    var pastVersionCount = 0
    /// Versions that are no longer in force, by the events that superseded them.
    var supersededCount = 0
    var children = ChildTally()
    var items = StateHash()

    mutating func countRecords(of store: Store) -> KeyspaceRule? {
        var cursor = store.records.cursor()
        while !cursor.isAtEnd {
            let (key, record) = (cursor.key, cursor.value)
            cursor.advance()
            guard (1...Key.byteCountMax).contains(key.count) else { return .keysAreBounded }
            if let rule = Self.brokenRule(of: record, in: store) { return rule }
            items.add(record.current.stateItem(key: key))
            if record.current.isLive {
                keyCount += 1
                byteCount += key.count + record.current.value.count
                if Key(unchecked: key).isPath { children.see(Key(unchecked: key)) }
            }
            var newer = record.current.head
            var skipPointerCount = 0
            for (place, head) in record.past.all(store.archive) {
                guard head.modRevision <= newer.modRevision else { return .versionsFall }
                guard head.isFollowed(by: newer) else { return .versionsCountOn }
                newer = head
                skipPointerCount += store.archive.block(at: place).isSkipTarget ? 1 : 0
                pastVersionCount += 1
                items.add(store.archive.version(at: place).stateItem(key: key))
            }
            guard skipPointerCount == record.past.skipPointerCount else {
                return .skipPointersAreKnown
            }
        }
        return nil
    }

    /// What is wrong with a key's newest version by itself.
    private static func brokenRule(of record: VersionedRecord, in store: Store) -> KeyspaceRule? {
        let newest = record.current
        guard !record.isBlank else { return .keysHaveVersions }
        guard newest.value.count <= ClusterSettings.valueByteCountLimit else {
            return .valuesAreBounded
        }
        guard newest.note.count <= Request.noteByteCountMax else { return .notesAreBounded }
        guard newest.author.rawValue <= store.authors.count else { return .authorsAreKnown }
        guard newest.modRevision <= store.revision else { return .versionsArePast }
        if newest.isLive {
            let life = Revision.zero.next...max(newest.modRevision, Revision.zero.next)
            return life.contains(newest.createRevision) ? nil : .createPrecedesChange
        }
        guard newest.value.isEmpty, newest.lease == 0, newest.createRevision == .zero else {
            return .deletionsAreBare
        }
        return newest.modRevision < store.firstEvent.revision ? .tombstonesAreDue : nil
    }

    mutating func countDirectories(of store: Store) -> KeyspaceRule? {
        var cursor = store.directories.cursor()
        while !cursor.isAtEnd {
            let (key, directory) = (cursor.key, cursor.value)
            cursor.advance()
            let path = DirectoryKey.path(of: key)
            guard path.isPath else { return .directoriesArePaths }
            guard !directory.isBlank else { return .directoriesHaveCause }
            guard directory.lastChildChange <= store.revision else { return .directoriesArePast }
            guard directory.childVersion >= directory.childCount else {
                return .childVersionCounts
            }
            children.claim(directory.childCount, by: key)
            if directory.childCount > 0, !store.isLive(path) { children.see(path) }
            items.add(directory.stateItem(key: key))
            var before = Revision.zero
            for past in directory.older {
                guard past.revision > before, past.revision < directory.lastChildChange else {
                    return .directoriesArePast
                }
                before = past.revision
                items.add(past.stateItem(key: key))
            }
        }
        return nil
    }

    mutating func countEvents(of store: Store) -> KeyspaceRule? {
        var position = store.firstPosition
        var last: LoggedEvent?
        while let event = store.log.next(&position) {
            if let last {
                guard last.id < event.id else { return .eventsRise }
                guard event.id == last.id.nextInRevision || event.id == last.id.nextRevision else {
                    return .eventsAreGapless
                }
                guard last.time <= event.time else { return .eventTimesRise }
            } else if event.id < store.firstEvent {
                return .forgottenEventsAreGone
            }
            last = event
            let change = store.records.read(event.key.bytes) {
                $0.change(
                    at: event.id.revision,
                    occurrence: event.occurrence,
                    archive: store.archive
                )
            }
            guard let written = (change ?? nil)?.written, written.isLive == (event.kind == .put)
            else { return .eventsHaveVersions }
            items.add(event.stateItem)
            supersededCount += event.reach.superseded ? 1 : 0
        }
        return nil
    }
}

extension VersionHead {
    /// Whether `newer` can be the key's next version: a put counts on, and keeps the creation, from
    /// a version with a value; it begins anew after a deletion.
    fileprivate func isFollowed(by newer: VersionHead) -> Bool {
        guard newer.isLive else { return true }
        guard isLive else { return newer.version == 1 && newer.createRevision == newer.modRevision }
        return newer.version == version + 1 && newer.createRevision == createRevision
    }
}

extension EventID {
    fileprivate var nextInRevision: EventID { EventID(revision: revision, sub: sub + 1) }
    fileprivate var nextRevision: EventID { EventID(revision: revision.next, sub: 0) }
}
