internal import Bytes

/// One change as the log keeps it; the values are in the key's versions.
struct LoggedEvent: Sendable {
    enum Kind: UInt8, Sendable {
        case put = 0
        case delete = 1
    }

    let id: EventID
    /// The cluster's time at its revision.
    let time: ClusterTime
    let kind: Kind
    /// How many changes of the same revision went before it on the same key.
    let occurrence: UInt32
    /// What it changed besides the key.
    let reach: Reach
    let key: Path

    /// What compaction has to visit when it forgets the event.
    struct Reach: Hashable, Sendable {
        /// Whether the key had a version before, in force or deleted.
        var superseded: Bool
        /// How many directories, from the key's parent upwards, got or lost a child.
        var directoryCount: UInt64
    }

    /// The item that this event is in the state's hash.
    var stateItem: StableHash {
        var hash = StableHash(seed: StoreHashSeed.event)
        hash.combine(id.revision.rawValue)
        hash.combine(UInt64(id.sub) << 32 | UInt64(occurrence))
        hash.combine(time.rawValue)
        hash.combine(reach.directoryCount << 2 | (reach.superseded ? 2 : 0) | UInt64(kind.rawValue))
        hash.combine(key.bytes.span)
        return hash
    }
}

/// Every change since compaction, in order, written close together: a few bytes and the key each.
struct EventLog: Sendable {
    /// A piece is closed when it has this many bytes: what a change after a freeze copies, and
    /// what a search reads through.
    private static let pieceByteCount = 16 * 1024
    /// A piece is closed when it holds this many bytes, its events' and those of the versions that
    /// they superseded: history is measured to the nearest piece.
    private static let pieceHeldByteCount = 256 * 1024

    struct Piece: Sendable {
        let first: EventID
        let firstTime: ClusterTime
        var bytes: [UInt8]
        /// The events' bytes, and those of the versions that they superseded.
        var heldByteCount: Int

        fileprivate var isFull: Bool {
            bytes.count >= EventLog.pieceByteCount || heldByteCount >= EventLog.pieceHeldByteCount
        }
    }

    private(set) var pieces: [Piece] = []
    /// The position behind the newest event.
    private(set) var end: EventID
    private(set) var lastTime = ClusterTime.zero
    /// Bytes of all events and of the versions that they superseded.
    private(set) var heldByteCount = 0

    /// An empty log that goes on at `end`.
    init(end: EventID) { self.end = end }

    /// The flags that begin each event.
    private enum Flag {
        static let delete: UInt8 = 1
        /// First of its revision; the milliseconds since the revision before follow.
        static let revision: UInt8 = 2
        /// The occurrence follows.
        static let occurrence: UInt8 = 4
        static let superseded: UInt8 = 8
        /// The count of directories is in the upper half; this value says that it follows.
        static let manyDirectories: UInt8 = 0xF0
    }

    /// Appends the next event: the same revision and the next `sub`, or a later revision and 0.
    ///
    /// - Complexity: O(key)
    mutating func append(_ event: LoggedEvent, supersededByteCount: Int) {
        invariant(event.id >= end && event.time >= lastTime, "the event log went back")
        if pieces.last?.isFull ?? true {
            pieces.append(
                Piece(first: event.id, firstTime: event.time, bytes: [], heldByteCount: 0)
            )
        }
        let last = pieces.count - 1
        let before = pieces[last].bytes.count
        Self.encode(event, timeDelta: event.time.rawValue - lastTime.rawValue, &pieces[last].bytes)
        let held = pieces[last].bytes.count - before + supersededByteCount
        pieces[last].heldByteCount += held
        heldByteCount += held
        lastTime = event.time
        end = EventID(revision: event.id.revision, sub: event.id.sub + 1)
    }

    private static func encode(_ event: LoggedEvent, timeDelta: UInt64, _ bytes: inout [UInt8]) {
        var flags = event.kind == .delete ? Flag.delete : 0
        if event.id.sub == 0 { flags |= Flag.revision }
        if event.occurrence > 0 { flags |= Flag.occurrence }
        if event.reach.superseded { flags |= Flag.superseded }
        let directoryCount = event.reach.directoryCount
        flags |= directoryCount < 15 ? UInt8(directoryCount) << 4 : Flag.manyDirectories
        bytes.append(flags)
        if event.id.sub == 0 { bytes.append(varint: timeDelta) }
        if event.occurrence > 0 { bytes.append(varint: UInt64(event.occurrence)) }
        if directoryCount >= 15 { bytes.append(varint: directoryCount) }
        bytes.append(lengthPrefixed: event.key.bytes)
    }

    /// A place between two events.
    struct Position: Sendable {
        fileprivate(set) var piece: Int
        fileprivate(set) var offset: Int
        /// The event before; meaningless at a piece's start.
        fileprivate var last: EventID
        fileprivate var lastTime: ClusterTime
    }

    /// Before the oldest event.
    var start: Position {
        Position(piece: 0, offset: 0, last: end, lastTime: lastTime)
    }

    /// Before the first event that is not before `id`.
    ///
    /// - Complexity: O(log pieces + events of a piece)
    func position(of id: EventID) -> Position {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].first <= id { low = middle + 1 } else { high = middle }
        }
        var position = start
        position.piece = max(0, low - 1)
        while true {
            var next = position
            guard let event = header(at: &next), event.id < id else { return position }
            position = next
        }
    }

    /// The event at `position`, which then lies behind it; nil at the end.
    func next(_ position: inout Position) -> LoggedEvent? {
        guard let header = header(at: &position) else { return nil }
        return LoggedEvent(
            id: header.id,
            time: header.time,
            kind: header.kind,
            occurrence: header.occurrence,
            reach: header.reach,
            key: Path(unchecked: Array(pieces[header.piece].bytes[header.keyRange]))
        )
    }

    private struct Header {
        let id: EventID
        let time: ClusterTime
        let kind: LoggedEvent.Kind
        let occurrence: UInt32
        let reach: LoggedEvent.Reach
        let piece: Int
        let keyRange: Range<Int>
    }

    /// Reads over one event without copying its key.
    private func header(at position: inout Position) -> Header? {
        if position.piece < pieces.count, position.offset == pieces[position.piece].bytes.count {
            position.piece += 1
            position.offset = 0
        }
        guard position.piece < pieces.count else { return nil }
        let bytes = pieces[position.piece].bytes
        var offset = position.offset
        let flags = bytes[offset]
        offset += 1
        var id = EventID(revision: position.last.revision, sub: position.last.sub &+ 1)
        var time = position.lastTime
        if flags & Flag.revision != 0 {
            id = EventID(revision: id.revision.next, sub: 0)
            let delta = Self.varint(bytes, &offset)
            time = ClusterTime(rawValue: time.rawValue &+ delta)
        }
        if position.offset == 0 {
            id = pieces[position.piece].first
            time = pieces[position.piece].firstTime
        }
        var occurrence: UInt32 = 0
        if flags & Flag.occurrence != 0 {
            occurrence = UInt32(truncatingIfNeeded: Self.varint(bytes, &offset))
        }
        var directoryCount = UInt64(flags >> 4)
        if directoryCount == 15 { directoryCount = Self.varint(bytes, &offset) }
        let keyCount = Int(Self.varint(bytes, &offset))
        let header = Header(
            id: id,
            time: time,
            kind: flags & Flag.delete == 0 ? .put : .delete,
            occurrence: occurrence,
            reach: LoggedEvent.Reach(
                superseded: flags & Flag.superseded != 0,
                directoryCount: directoryCount
            ),
            piece: position.piece,
            keyRange: offset..<offset + keyCount
        )
        position.offset = offset + keyCount
        position.last = id
        position.lastTime = time
        return header
    }

    /// A varint that this log wrote.
    private static func varint(_ bytes: [UInt8], _ offset: inout Int) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            guard byte & 0x80 != 0 else { return value }
            shift += 7
        }
    }

    /// Drops the pieces that lie wholly before `position`, and renumbers it.
    mutating func dropPieces(before position: inout Position) {
        if position.piece < pieces.count, position.offset == pieces[position.piece].bytes.count {
            position.piece += 1
            position.offset = 0
        }
        guard position.piece > 0 else { return }
        for piece in pieces[..<position.piece] { heldByteCount -= piece.heldByteCount }
        pieces.removeFirst(position.piece)
        position.piece = 0
    }
}
