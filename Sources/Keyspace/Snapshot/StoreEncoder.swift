internal import Bytes

/// Walks a frozen store, item by item.
struct StoreEncoder: Sendable {
    private enum Section {
        case header
        case authors
        case keys
        case directories
        case events
        case end
    }

    private let store: Store
    private let format: SnapshotFormat
    private var section = Section.header
    private var keys = KeyDelta()
    private var records: KeyTree<VersionedRecord>.Cursor
    private var directories: KeyTree<Directory>.Cursor
    /// How many authors are written.
    private var authors = 0
    private var event: EventLog.Position
    /// The oldest version of the archive that is not written yet: the next that an event superseded.
    private var superseded: VersionLog.Place
    /// What is still to be written of the directory that was written last.
    private var counts = RevisionHistory<ChildCount>().makeIterator()

    init(_ store: Store, format: SnapshotFormat) {
        self.store = store
        self.format = format
        records = store.records.cursor()
        directories = store.directories.cursor()
        event = store.firstPosition
        superseded = store.archive.start
    }

    /// Appends the next item's payload; its kind, or nil when there is none.
    ///
    /// - Complexity: O(item)
    mutating func encodeNext(into output: inout [UInt8]) -> SnapshotItem? {
        while true {
            switch section {
            case .header:
                section = .authors
                encodeHeader(into: &output)
                return .header
            case .authors:
                if authors < store.authors.count {
                    output.append(lengthPrefixed: store.authors[authors])
                    authors += 1
                    return .author
                }
                section = .keys
            case .keys:
                if encodeKey(into: &output) { return .key }
                enter(.directories)
            case .directories:
                if let item = encodeDirectory(into: &output) { return item }
                enter(.events)
            case .events:
                if encodeEvent(into: &output) { return .event }
                enter(.end)
            case .end: return nil
            }
        }
    }

    private mutating func enter(_ section: Section) {
        self.section = section
        keys = KeyDelta()
    }

    private func encodeHeader(into output: inout [UInt8]) {
        output.append(varint: format.rawValue)
        output.append(varint: store.revision.rawValue)
        output.append(varint: store.compactRevision.rawValue)
        output.append(varint: store.firstEvent.revision.rawValue)
        output.append(varint: UInt64(store.firstEvent.sub))
    }

    private mutating func encodeKey(into output: inout [UInt8]) -> Bool {
        guard !records.isAtEnd else { return false }
        keys.append(records.key, to: &output)
        records.read { output.append($0.current) }
        records.advance()
        return true
    }

    private mutating func encodeDirectory(into output: inout [UInt8]) -> SnapshotItem? {
        if let past = counts.next() {
            output.append(varint: past.revision.rawValue)
            output.append(varint: past.count)
            return .childCount
        }
        guard !directories.isAtEnd else { return nil }
        let directory = directories.value
        keys.append(directories.key, to: &output)
        directories.advance()
        output.append(varint: directory.childCount)
        output.append(varint: directory.sequence)
        output.append(varint: directory.childVersion)
        output.append(varint: directory.lastChildChange.rawValue)
        counts = directory.older.makeIterator()
        return .directory
    }

    private mutating func encodeEvent(into output: inout [UInt8]) -> Bool {
        guard let event = store.log.next(&event) else { return false }
        output.append(varint: event.id.revision.rawValue)
        output.append(varint: UInt64(event.id.sub))
        output.append(varint: event.time.rawValue)
        let flags = event.kind.number | (event.reach.superseded ? 4 : 0)
        output.append(varint: event.reach.directoryCount << 3 | flags)
        output.append(varint: UInt64(event.occurrence))
        keys.append(event.key.bytes, to: &output)
        if event.reach.superseded { store.archive.write(&superseded, to: &output) }
        return true
    }
}

extension LoggedEvent.Kind {
    /// The lowest two bits of an event's reach: 0 for a put, else one more than the delete's cause.
    fileprivate var number: UInt64 {
        switch self {
        case .put: 0
        case .delete(let cause): UInt64(cause.rawValue) + 1
        }
    }
}
