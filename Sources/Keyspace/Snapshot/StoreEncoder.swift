internal import Bytes

/// Walks a frozen store, item by item.
struct StoreEncoder: Sendable {
    private enum Section {
        case header
        case keys
        case directories
        case events
        case end
    }

    private let store: Store
    private var section = Section.header
    private var paths = PathDelta()
    private var records: KeyTree<VersionedRecord>.Cursor
    private var directories: KeyTree<Directory>.Cursor
    private var event: EventLog.Position
    /// The oldest version of the archive that is not written yet: the next that an event superseded.
    private var superseded: VersionLog.Place
    /// The directory whose items are being written, and how far.
    private var counts:
        (past: RevisionHistory<ChildCount>, next: RevisionHistory<ChildCount>.Position)?

    init(_ store: Store) {
        self.store = store
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
                section = .keys
                encodeHeader(into: &output)
                return .header
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
        paths = PathDelta()
    }

    private func encodeHeader(into output: inout [UInt8]) {
        output.append(varint: SnapshotItem.formatVersion)
        output.append(varint: store.revision.rawValue)
        output.append(varint: store.compactRevision.rawValue)
        output.append(varint: store.firstEvent.revision.rawValue)
        output.append(varint: UInt64(store.firstEvent.sub))
    }

    private mutating func encodeKey(into output: inout [UInt8]) -> Bool {
        guard !records.isAtEnd else { return false }
        paths.append(records.key, to: &output)
        records.read { output.append($0.current) }
        records.advance()
        return true
    }

    private mutating func encodeDirectory(into output: inout [UInt8]) -> SnapshotItem? {
        if let (past, position) = counts, position != past.end {
            output.append(varint: past[position].revision.rawValue)
            output.append(varint: past[position].count)
            counts = (past, past.position(after: position))
            return .childCount
        }
        guard !directories.isAtEnd else { return nil }
        let directory = directories.value
        paths.append(directories.key, to: &output)
        directories.advance()
        output.append(varint: directory.childCount)
        output.append(varint: directory.sequence)
        output.append(varint: directory.childVersion)
        output.append(varint: directory.lastChildChange.rawValue)
        counts = (directory.older, directory.older.start)
        return .directory
    }

    private mutating func encodeEvent(into output: inout [UInt8]) -> Bool {
        guard let event = store.log.next(&event) else { return false }
        output.append(varint: event.id.revision.rawValue)
        output.append(varint: UInt64(event.id.sub))
        output.append(varint: event.time.rawValue)
        let flags = UInt64(event.kind.rawValue) | (event.reach.superseded ? 2 : 0)
        output.append(varint: event.reach.directoryCount << 2 | flags)
        output.append(varint: UInt64(event.occurrence))
        paths.append(event.key.bytes, to: &output)
        if event.reach.superseded { store.archive.write(&superseded, to: &output) }
        return true
    }
}
