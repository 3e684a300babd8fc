internal import Bytes

extension EventLog {
    /// A place between two events.
    struct Position: Sendable {
        var piece: Int
        private(set) var offset = 0
        /// The event before; meaningless at a piece's start.
        private var last: EventID
        private var lastTime: ClusterTime
        /// The key of the event before; any at a piece's start.
        private var key: [UInt8] = []

        fileprivate init(piece: Int, last: EventID, lastTime: ClusterTime) {
            self.piece = piece
            self.last = last
            self.lastTime = lastTime
        }

        /// Goes from the end of a piece to the start of the next.
        mutating func enterNextPiece() {
            piece += 1
            offset = 0
        }

        /// Reads what comes next, but for its key.
        fileprivate func header(in log: EventLog) -> Header? {
            var piece = piece
            var offset = offset
            if piece < log.pieces.count, offset == log.pieces[piece].bytes.count {
                piece += 1
                offset = 0
            }
            guard piece < log.pieces.count else { return nil }
            let bytes = log.pieces[piece].bytes
            var id = EventID(revision: last.revision, sub: last.sub &+ 1)
            var time = lastTime
            let isFirst = offset == 0
            let flags = bytes[offset]
            offset += 1
            if flags & Flag.revision != 0 {
                id = EventID(revision: id.revision.next, sub: 0)
                time = ClusterTime(rawValue: time.rawValue &+ bytes.varint(at: &offset))
            }
            if isFirst {
                id = log.pieces[piece].first
                time = log.pieces[piece].firstTime
            }
            var occurrence: UInt32 = 0
            if flags & Flag.occurrence != 0 {
                occurrence = UInt32(truncatingIfNeeded: bytes.varint(at: &offset))
            }
            var directoryCount = UInt64(flags >> Flag.directoryShift)
            if directoryCount == UInt64(Flag.manyDirectories) {
                directoryCount = bytes.varint(at: &offset)
            }
            var cause = DeleteCause.deleted
            if flags & Flag.cause != 0 {
                cause = DeleteCause(rawValue: bytes[offset]) ?? .deleted
                offset += 1
            }
            let sharedByteCount = Int(bytes.varint(at: &offset))
            let restByteCount = Int(bytes.varint(at: &offset))
            return Header(
                id: id,
                time: time,
                flags: flags,
                cause: cause,
                occurrence: occurrence,
                directoryCount: directoryCount,
                sharedByteCount: sharedByteCount,
                rest: bytes[offset..<offset + restByteCount],
                piece: piece
            )
        }

        /// Goes past the event.
        fileprivate mutating func pass(_ event: Header) {
            key.removeLast(key.count - event.sharedByteCount)
            key.append(contentsOf: event.rest)
            note(event)
        }

        /// Goes past the event; its key.
        fileprivate mutating func take(_ event: Header) -> [UInt8] {
            var taken: [UInt8] = []
            taken.reserveCapacity(event.sharedByteCount + event.rest.count)
            taken.append(contentsOf: key[..<event.sharedByteCount])
            taken.append(contentsOf: event.rest)
            key = taken
            note(event)
            return taken
        }

        private mutating func note(_ event: Header) {
            piece = event.piece
            offset = event.rest.endIndex
            last = event.id
            lastTime = event.time
        }
    }

    /// Before the oldest event.
    var start: Position { Position(piece: firstPiece, last: end, lastTime: lastTime) }

    /// Before the first event that is not before `id`.
    ///
    /// - Complexity: O(log pieces + events of a piece)
    func position(of id: EventID) -> Position {
        var low = firstPiece
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].first <= id { low = middle + 1 } else { high = middle }
        }
        var position = start
        position.piece = max(firstPiece, low - 1)
        while let event = position.header(in: self), event.id < id { position.pass(event) }
        return position
    }

    /// The id of the event at `position`; nil at the end.
    func id(at position: Position) -> EventID? { position.header(in: self)?.id }

    /// The event at `position`, which then moves past it; nil at the end.
    func next(_ position: inout Position) -> LoggedEvent? {
        guard let header = position.header(in: self) else { return nil }
        return LoggedEvent(
            id: header.id,
            time: header.time,
            kind: header.flags & Flag.delete == 0 ? .put : .delete(header.cause),
            occurrence: header.occurrence,
            reach: LoggedEvent.Reach(
                superseded: header.flags & Flag.superseded != 0,
                directoryCount: header.directoryCount
            ),
            key: Key(unchecked: position.take(header))
        )
    }
}

extension EventLog {
    /// The first rule that the log's pieces break, nil for sound ones.
    ///
    /// - Complexity: O(pieces)
    var brokenRule: KeyspaceRule? {
        var held = 0
        var last: EventID?
        for piece in pieces[firstPiece...] {
            guard piece.eventCount > 0, last.map({ $0 < piece.first }) ?? true else {
                return .eventsRise
            }
            last = piece.first
            held += piece.heldByteCount
        }
        guard last.map({ $0 < end }) ?? true else { return .eventsRise }
        return held == heldByteCount ? nil : .eventBytesAreCounted
    }
}

/// An event before its key is put together.
private struct Header {
    let id: EventID
    let time: ClusterTime
    let flags: UInt8
    let cause: DeleteCause
    let occurrence: UInt32
    let directoryCount: UInt64
    /// How many bytes its key shares with the one before.
    let sharedByteCount: Int
    /// The rest of its key.
    let rest: ArraySlice<UInt8>
    let piece: Int
}

extension [UInt8] {
    /// A varint that the log wrote.
    fileprivate func varint(at offset: inout Int) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = self[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            guard byte & 0x80 != 0 else { return value }
            shift += 7
        }
    }
}
