internal import Bytes

/// One change as the log keeps it; the values are in the key's versions.
struct LoggedEvent: Sendable {
    enum Kind: Hashable, Sendable {
        case put
        case delete(DeleteCause)

        var isDelete: Bool { self != .put }
    }

    let id: EventID
    /// The cluster's time at its revision.
    let time: ClusterTime
    let kind: Kind
    /// How many changes of the same revision went before it on the same key.
    let occurrence: UInt32
    /// What it changed besides the key.
    let reach: Reach
    let key: Key

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
        let flags: UInt64 = (reach.superseded ? 2 : 0) | (kind.isDelete ? 1 : 0)
        hash.combine(reach.directoryCount << 2 | flags)
        hash.combine(key.bytes.span)
        if case .delete(let cause) = kind, cause != .deleted {
            hash.combine(UInt64(cause.rawValue))
        }
        return hash
    }
}

extension LoggedEvent.Kind {
    /// The cause of a delete, if it was no client's wish.
    fileprivate var unusualCause: DeleteCause? {
        guard case .delete(let cause) = self, cause != .deleted else { return nil }
        return cause
    }
}

/// Every change since compaction, in order, written close together: a few bytes each, and what is
/// new in its key against the one before.
struct EventLog: Sendable {
    /// A piece is closed when it has this many bytes: what a change after a freeze copies.
    private static let pieceByteCount = 16 * 1024
    /// A piece is closed when it has this many events: what a search reads through.
    private static let pieceEventCount = 64
    /// A piece is closed when it holds this many bytes, its events' and those of the versions that
    /// they superseded: history is measured to the nearest piece.
    private static let pieceHeldByteCount = 256 * 1024
    /// What a piece begins with room for; what is left is given back when it is closed.
    private static let pieceCapacity = 512

    struct Chunk: Sendable {
        let first: EventID
        fileprivate(set) var eventCount: UInt32 = 0
        var firstTime: ClusterTime
        fileprivate(set) var bytes: [UInt8] = []
        /// The events' bytes, and those of the versions that they superseded.
        fileprivate(set) var heldByteCount = 0

        fileprivate init(first: EventID, firstTime: ClusterTime) {
            self.first = first
            self.firstTime = firstTime
            bytes.reserveCapacity(EventLog.pieceCapacity)
        }

        fileprivate var isFull: Bool {
            eventCount >= EventLog.pieceEventCount || bytes.count >= EventLog.pieceByteCount
                || heldByteCount >= EventLog.pieceHeldByteCount
        }

        fileprivate mutating func close() {
            var exact: [UInt8] = []
            exact.reserveCapacity(bytes.count)
            exact.append(contentsOf: bytes)
            bytes = exact
        }
    }

    var pieces: [Chunk] = []
    /// Where the pieces begin that were not dropped.
    private(set) var firstPiece = 0
    /// The position after the newest event.
    private(set) var end: EventID
    private(set) var lastTime = ClusterTime.zero
    /// The newest event's key; empty where the next one begins a piece.
    private var lastKey: [UInt8] = []
    /// Bytes of all events and of the versions that they superseded.
    var heldByteCount = 0

    /// Whether nothing was ever appended.
    var isNew: Bool { pieces.isEmpty && firstPiece == 0 }

    /// An empty log that goes on at `end`.
    init(end: EventID) { self.end = end }

    /// The flags that begin each event.
    enum Flag {
        static let delete: UInt8 = 1
        /// First of its revision; the milliseconds since the revision before follow.
        static let revision: UInt8 = 2
        /// The occurrence follows.
        static let occurrence: UInt8 = 4
        static let superseded: UInt8 = 8
        /// A delete's cause follows; without it, a client's wish was the cause.
        static let cause: UInt8 = 0x10
        /// The count of directories is in the upper three bits; the greatest says that it follows.
        static let directoryShift: UInt8 = 5
        static let manyDirectories: UInt8 = 7
    }

    /// Appends the next event: the same revision and the next `sub`, or a later revision and 0.
    ///
    /// - Complexity: O(key)
    mutating func append(_ event: LoggedEvent, supersededByteCount: Int) {
        invariant(event.id >= end && event.time >= lastTime, "the event log went back")
        if pieces.last?.isFull ?? true {
            if !pieces.isEmpty { pieces[pieces.count - 1].close() }
            pieces.append(Chunk(first: event.id, firstTime: event.time))
            lastKey = []
        }
        let last = pieces.count - 1
        let before = pieces[last].bytes.count
        Self.encode(event, after: lastKey, at: lastTime, into: &pieces[last].bytes)
        let held = pieces[last].bytes.count - before + supersededByteCount
        pieces[last].eventCount += 1
        pieces[last].heldByteCount += held
        heldByteCount += held
        lastTime = event.time
        lastKey = event.key.bytes
        end = EventID(revision: event.id.revision, sub: event.id.sub + 1)
    }

    /// Static, so that nobody holds on to the pieces while one of them changes.
    private static func encode(
        _ event: LoggedEvent,
        after lastKey: [UInt8],
        at lastTime: ClusterTime,
        into bytes: inout [UInt8]
    ) {
        var flags = event.kind.isDelete ? Flag.delete : 0
        let cause = event.kind.unusualCause
        if cause != nil { flags |= Flag.cause }
        if event.id.sub == 0 { flags |= Flag.revision }
        if event.occurrence > 0 { flags |= Flag.occurrence }
        if event.reach.superseded { flags |= Flag.superseded }
        let directoryCount = event.reach.directoryCount
        let shown = min(directoryCount, UInt64(Flag.manyDirectories))
        flags |= UInt8(shown) << Flag.directoryShift
        bytes.append(flags)
        if event.id.sub == 0 { bytes.append(varint: event.time.rawValue - lastTime.rawValue) }
        if event.occurrence > 0 { bytes.append(varint: UInt64(event.occurrence)) }
        if shown == Flag.manyDirectories { bytes.append(varint: directoryCount) }
        if let cause { bytes.append(cause.rawValue) }
        let key = event.key.bytes
        let shared = key.span.commonPrefixCount(with: lastKey.span)
        bytes.append(varint: UInt64(shared))
        bytes.append(varint: UInt64(key.count - shared))
        bytes.append(contentsOf: key[shared...])
    }

    /// Drops the pieces that lie wholly before `position`, and renumbers it.
    ///
    /// - Complexity: O(1) amortised for each piece dropped.
    mutating func dropPieces(before position: inout Position) {
        if position.piece < pieces.count, position.offset == pieces[position.piece].bytes.count {
            position.enterNextPiece()
        }
        invariant(position.piece >= firstPiece, "a piece of the event log was dropped too early")
        guard position.piece > firstPiece else { return }
        for piece in firstPiece..<position.piece {
            heldByteCount -= pieces[piece].heldByteCount
            pieces[piece].heldByteCount = 0
            pieces[piece].bytes = []
        }
        invariant(heldByteCount >= 0, KeyspaceRule.eventBytesAreCounted.rawValue)
        firstPiece = position.piece
        guard firstPiece * 2 >= pieces.count else { return }
        pieces.removeFirst(firstPiece)
        position.piece = 0
        firstPiece = 0
    }
}
