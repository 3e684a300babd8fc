internal import Bytes

/// Builds a store from its items, each checked against those before it.
struct StoreDecoder: Sendable {
    private(set) var store = Store()
    /// The header's, from its decoding on.
    private(set) var format = SnapshotFormat.fourth
    /// The format, when it is none that this version knows.
    private(set) var unknownFormat: UInt64?
    private var last: SnapshotItem?
    private var keys = KeyDelta()
    private var key: [UInt8] = []
    private var directoryKey: [UInt8] = []
    private var tally = ChildTally()

    init() {}

    /// Takes note that an item of that kind comes; false if it may not come now: the order is the
    /// header, keys, directories, events, session state, end.
    mutating func admit(_ item: SnapshotItem) -> Bool {
        let place = item.section
        let before = last?.section ?? 0
        if place != before { keys = KeyDelta() }
        switch item {
        case .header: guard last == nil else { return false }
        case .childCount: guard last == .directory || last == .childCount else { return false }
        case .author:
            guard last == .header || last == .author, format >= .third else { return false }
        case .key, .directory, .event, .sessionState, .end:
            guard last != nil, place >= before else { return false }
        }
        last = item
        return true
    }

    /// Whether each directory counts the children that the keys give it, and no other.
    mutating func hasSoundChildCounts() -> Bool { tally.isEven() }

    /// Whether nothing is missing: the newest event is one of the newest revision.
    var isComplete: Bool { last == .end && store.log.end.revision == store.revision }

    mutating func decode(
        _ item: SnapshotItem,
        reader: inout ByteReader
    ) throws(DecodingError) {
        switch item {
        case .header: try decodeHeader(&reader)
        case .author: try decodeAuthor(&reader)
        case .key: try decodeKey(&reader)
        case .directory: try decodeDirectory(&reader)
        case .childCount: try decodeChildCount(&reader)
        case .event: try decodeEvent(&reader)
        case .sessionState, .end: break
        }
    }

    private mutating func decodeHeader(_ reader: inout ByteReader) throws(DecodingError) {
        let format = try reader.readVarint()
        guard let known = SnapshotFormat(rawValue: format) else {
            unknownFormat = format
            return
        }
        self.format = known
        store.revision = Revision(rawValue: try reader.readNumber())
        store.compactRevision = Revision(rawValue: try reader.readNumber())
        let first = Revision(rawValue: try reader.readNumber())
        let sub = try reader.readSub()
        guard store.compactRevision <= store.revision, first <= store.revision else {
            throw .invalidValue(at: reader.position)
        }
        store.firstEvent = EventID(revision: first, sub: sub)
        store.log = EventLog(end: store.firstEvent)
        store.firstPosition = store.log.start
    }

    private mutating func decodeAuthor(_ reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let name = try reader.readLengthPrefixed(limit: AccessName.byteCountMax)
        let expected = store.authors.count + 1
        guard store.authors.id(of: name).rawValue == expected else {
            throw .invalidValue(at: start)
        }
    }

    private mutating func decodeKey(_ reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let next = try readKey(&reader)
        guard key.isEmpty || key.lexicographicallyPrecedes(next.bytes) else {
            throw .invalidValue(at: start)
        }
        key = next.bytes
        let version = try readVersion(&reader)
        guard version.modRevision <= store.revision else { throw .invalidValue(at: start) }
        store.items.add(version.stateItem(key: key))
        if version.isLive {
            store.keyCount += 1
            store.byteCount += key.count + version.value.count
            if next.isPath { tally.see(next) }
        }
        store.records.mutate(key, initial: VersionedRecord(current: version)) { _ in }
    }

    private mutating func decodeDirectory(_ reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let bytes = try keys.read(from: &reader)
        let path: Key
        do { path = try Key(path: DirectoryKey.path(of: bytes).bytes) } catch {
            throw .invalidValue(at: start)
        }
        guard DirectoryKey.key(of: path) == bytes,
            directoryKey.isEmpty || directoryKey.lexicographicallyPrecedes(bytes)
        else { throw .invalidValue(at: start) }
        var directory = Directory()
        directory.childCount = try reader.readNumber()
        directory.sequence = try reader.readNumber()
        directory.childVersion = try reader.readNumber()
        directory.lastChildChange = Revision(rawValue: try reader.readNumber())
        guard !directory.isBlank, directory.lastChildChange <= store.revision else {
            throw .invalidValue(at: start)
        }
        tally.claim(directory.childCount, by: bytes)
        if directory.childCount > 0, !store.isLive(path) { tally.see(path) }
        directoryKey = bytes
        store.items.add(directory.stateItem(key: bytes))
        store.directories.mutate(bytes, initial: directory) { _ in }
    }

    private mutating func decodeChildCount(_ reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let revision = try reader.readRevision(through: store.revision)
        let count = try reader.readNumber()
        let isInOrder = store.directories.mutateExisting(directoryKey) { directory in
            let last = directory.older.last?.revision ?? .zero
            guard last < revision, revision < directory.lastChildChange else { return false }
            directory.older.append(ChildCount(revision: revision, count: count))
            return true
        }
        guard isInOrder == true else { throw .invalidValue(at: start) }
        store.items.add(ChildCount(revision: revision, count: count).stateItem(key: directoryKey))
    }

    /// An event must be the next, and the version that it superseded must fit among those of its
    /// key.
    private mutating func decodeEvent(_ reader: inout ByteReader) throws(DecodingError) {
        let start = reader.position
        let revision = try reader.readRevision(through: store.revision)
        let id = EventID(revision: revision, sub: try reader.readSub())
        let time = ClusterTime(rawValue: try reader.readNumber())
        let (kind, reach) = try readReach(&reader)
        let occurrence = try reader.readSub()
        let key = try readKey(&reader)
        let event = LoggedEvent(
            id: id,
            time: time,
            kind: kind,
            occurrence: occurrence,
            reach: reach,
            key: key
        )
        let superseded = event.reach.superseded ? try readVersion(&reader) : nil
        guard event.kind == .put || superseded?.isLive == true,
            time >= store.log.lastTime, store.log.mayAppend(id),
            Self.insert(superseded, by: event, into: &store.records, archive: &store.archive)
        else { throw .invalidValue(at: start) }
        if let superseded { store.items.add(superseded.stateItem(key: key.bytes)) }
        store.items.add(event.stateItem)
        store.log.append(event, supersededByteCount: superseded?.head.heldByteCount ?? 0)
    }

    /// Reads what an event did and what it changed besides its key.
    private func readReach(
        _ reader: inout ByteReader
    ) throws(DecodingError) -> (LoggedEvent.Kind, LoggedEvent.Reach) {
        let number = try reader.readNumber()
        guard format >= .third else {
            return (
                number & 1 == 0 ? .put : .delete(.deleted),
                LoggedEvent.Reach(superseded: number & 2 != 0, directoryCount: number >> 2)
            )
        }
        let cause = number & 3 == 0 ? nil : DeleteCause(rawValue: UInt8(number & 3) - 1)
        return (
            cause.map { .delete($0) } ?? .put,
            LoggedEvent.Reach(superseded: number & 4 != 0, directoryCount: number >> 3)
        )
    }

    /// Reads a version whose author, if it has one, is among those that came before.
    private func readVersion(_ reader: inout ByteReader) throws(DecodingError) -> Version {
        let start = reader.position
        let version = try reader.readVersion(format)
        guard version.author.rawValue <= store.authors.count else {
            throw .invalidValue(at: start)
        }
        return version
    }

    private mutating func readKey(_ reader: inout ByteReader) throws(DecodingError) -> Key {
        let start = reader.position
        let bytes = try keys.read(from: &reader)
        if format < .third {
            do { return try Key(path: bytes) } catch { throw .invalidValue(at: start) }
        }
        do { return try Key(bytes: bytes) } catch { throw .invalidValue(at: start) }
    }

    /// Puts the version that the event superseded among the key's older ones; false if it has no
    /// place there.
    private static func insert(
        _ superseded: Version?,
        by event: LoggedEvent,
        into records: inout KeyTree<VersionedRecord>,
        archive: inout VersionLog
    ) -> Bool {
        let fits = records.mutateExisting(event.key.bytes) { record in
            guard event.id.revision <= record.current.modRevision else { return false }
            let last = record.past.last(notAfter: record.current.modRevision, archive: archive)
            guard let superseded else { return last == nil }
            guard superseded.modRevision <= event.id.revision,
                superseded.modRevision >= last.map({ archive.block(at: $0).head.modRevision })
                    ?? .zero
            else { return false }
            record.past.append(superseded, archive: &archive)
            return true
        }
        return fits ?? false
    }
}

extension SnapshotItem {
    /// Sections come in this order.
    fileprivate var section: Int {
        switch self {
        case .header, .author: 1
        case .key: 2
        case .directory, .childCount: 3
        case .event: 4
        case .sessionState: 5
        case .end: 6
        }
    }
}

extension EventLog {
    /// Whether an event of that position would be the next one.
    fileprivate func mayAppend(_ id: EventID) -> Bool {
        if pieces.isEmpty { return id >= end && (id.sub == 0 || id == end) }
        if id.sub == 0 { return id.revision == end.revision.next }
        return id == end
    }
}

extension ByteReader {
    /// Reads the place of an event within its revision, or of a change within those of its key.
    fileprivate mutating func readSub() throws(DecodingError) -> UInt32 {
        let start = position
        let number = try readVarint()
        guard let sub = UInt32(exactly: number), sub < .max else {
            throw .limitExceeded(value: number, limit: UInt64(UInt32.max - 1), at: start)
        }
        return sub
    }
}
