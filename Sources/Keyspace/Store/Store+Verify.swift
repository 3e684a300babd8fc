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
        audit.countDirectories(of: self)
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
            items.add(record.current.stateItem(key: key))
            if record.current.isLive {
                keyCount += 1
                byteCount += key.count + record.current.value.count
                if Key(unchecked: key).isPath { children.see(Key(unchecked: key)) }
            }
            var newer = record.current.modRevision
            for (place, head) in record.past.all(store.archive) {
                guard head.modRevision <= newer else { return .versionsFall }
                newer = head.modRevision
                pastVersionCount += 1
                items.add(store.archive.version(at: place).stateItem(key: key))
            }
        }
        return nil
    }

    mutating func countDirectories(of store: Store) {
        var cursor = store.directories.cursor()
        while !cursor.isAtEnd {
            let (key, directory) = (cursor.key, cursor.value)
            cursor.advance()
            let path = DirectoryKey.path(of: key)
            children.claim(directory.childCount, by: key)
            if directory.childCount > 0, !store.isLive(path) { children.see(path) }
            items.add(directory.stateItem(key: key))
            var position = directory.older.start
            while position != directory.older.end {
                items.add(directory.older[position].stateItem(key: key))
                position = directory.older.position(after: position)
            }
        }
    }

    mutating func countEvents(of store: Store) -> KeyspaceRule? {
        var position = store.firstPosition
        var last: EventID?
        while let event = store.log.next(&position) {
            guard last.map({ $0 < event.id }) ?? true else { return .eventsRise }
            last = event.id
            items.add(event.stateItem)
            supersededCount += event.reach.superseded ? 1 : 0
        }
        return nil
    }
}
