internal import Bytes
internal import Consensus

/// Bytes of the log that wait to be written in one piece, in one segment.
struct WriteExtent: Sendable {
    let position: LogPosition
    let bytes: [UInt8]
    let batch: UInt64
    /// The log's last entry once this is written.
    let last: EntryID

    /// Where the next extent may begin.
    var end: LogPosition {
        LogPosition(segment: position.segment, offset: position.offset + bytes.count)
    }
}

/// The growing end of the log: encodes records straight into the buffer of the batch that waits,
/// and goes on in the next segment when one is full.
///
/// Appending costs no allocation of its own: the buffer grows by doubling.
struct LogTail: Sendable {
    /// Where the next record goes.
    enum Continuation: Hashable, Sendable {
        /// Into the open segment.
        case inOpenSegment
        /// A new segment has to be opened first.
        case inNextSegment(SegmentHeader.Origin)
    }

    /// The identity that segment headers name.
    var identity: Identity
    private let segmentByteCount: Int
    /// The length of the segment that is open, in bytes.
    private var capacity: Int
    private var place: Continuation
    /// Where the log ends with all that waits.
    private(set) var end: LogPosition
    private var previousCRC: UInt32
    /// The number that the waiting batch will have.
    private var batch: UInt64
    private var batchStart: Int
    /// The number of the segment after the open one.
    private(set) var nextSegment: UInt64
    private(set) var closed: [WriteExtent] = []
    private var open: [UInt8] = []
    private var openCapacity = 4096

    /// Where the log was left when it was opened.
    struct Resumption {
        let end: LogPosition
        let continuation: Continuation
        /// The length of the segment that `end` lies in, in bytes.
        let capacity: Int
        let previousCRC: UInt32
        let nextBatch: UInt64
        let nextSegment: UInt64
    }

    init(_ resumption: Resumption, identity: Identity, segmentByteCount: Int) {
        invariant(
            resumption.nextSegment > resumption.end.segment,
            "segment \(resumption.nextSegment) after \(resumption.end.segment)"
        )
        self.identity = identity
        self.segmentByteCount = segmentByteCount
        capacity = resumption.capacity
        place = resumption.continuation
        end = resumption.end
        previousCRC = resumption.previousCRC
        batch = resumption.nextBatch
        batchStart = resumption.end.offset
        nextSegment = resumption.nextSegment
    }

    /// A number that no batch of an earlier log of the directory had: one log's segments hold far
    /// fewer than 2^32 batches each.
    static func firstBatch(ofLogBeginningIn segment: UInt64) -> UInt64 { segment << 32 }

    /// Whether nothing waits.
    var isEmpty: Bool { closed.isEmpty && open.isEmpty }

    /// The number of the batch that the last record belongs to, or the next will.
    var currentBatch: UInt64 { batch }

    /// Whether the next segment should be prepared: the open one is a quarter full, or there is
    /// none.
    var needsNextSegment: Bool {
        switch place {
        case .inOpenSegment: end.offset > capacity / 4
        case .inNextSegment: true
        }
    }

    /// Appends an entry, which follows the log's last.
    mutating func append(_ entry: Entry, to map: inout LogMap) {
        let byteCount = makeRoom(payload: entry.payload.count, map: &map)
        let position = end
        encode(
            .entry,
            entryKind: entry.kind,
            id: entry.id,
            time: entry.time,
            payload: entry.payload
        )
        map.append(entry.id, at: position, byteCount: byteCount)
    }

    /// Cuts off what follows `id`.
    mutating func cut(after id: EntryID, in map: inout LogMap) {
        let byteCount = makeRoom(payload: 0, map: &map)
        encode(.cut, entryKind: .empty, id: id, time: .zero, payload: [])
        map.count(byteCount: byteCount)
        map.cut(after: id)
    }

    /// Notes a durable snapshot of what the log holds.
    mutating func mark(taken snapshot: SnapshotDescriptor, in map: inout LogMap) {
        let byteCount = makeRoom(payload: 0, map: &map)
        encode(.snapshotTaken, entryKind: .empty, id: snapshot.id, time: snapshot.time, payload: [])
        map.count(byteCount: byteCount)
    }

    /// Lets the log go on after a snapshot that took its place.
    mutating func mark(installed snapshot: SnapshotDescriptor, in map: inout LogMap) {
        let byteCount = makeRoom(payload: 0, map: &map)
        encode(
            .snapshotInstalled,
            entryKind: .empty,
            id: snapshot.id,
            time: snapshot.time,
            payload: []
        )
        map.count(byteCount: byteCount)
        map.restart(after: snapshot.id)
    }

    /// Hands out the extents that lie in segments through `limit`, in order.
    mutating func take(through limit: UInt64, last: EntryID) -> [WriteExtent] {
        invariant(limit <= nextSegment, "segment \(limit) prepared before \(nextSegment)")
        var taken: [WriteExtent] = []
        if !closed.isEmpty {
            let count = closed.firstIndex { $0.position.segment > limit } ?? closed.count
            taken = Array(closed[..<count])
            closed.removeSubrange(..<count)
        }
        if closed.isEmpty, !open.isEmpty, end.segment <= limit {
            taken.append(closeOpen(last))
        }
        return taken
    }

    /// Opens the next segment if the record and a `segmentEnd` after it do not fit.
    private mutating func makeRoom(payload: Int, map: inout LogMap) -> Int {
        let byteCount = Record.byteCount(payload: payload)
        if case .inNextSegment(let origin) = place {
            openSegment(origin, map: &map)
        } else if end.offset + byteCount + Record.headerByteCount > capacity {
            encode(.segmentEnd, entryKind: .empty, id: map.last, time: .zero, payload: [])
            map.count(byteCount: Record.headerByteCount)
            closed.append(closeOpen(map.last))
            openSegment(.rolled, map: &map)
        }
        invariant(
            end.offset + byteCount + Record.headerByteCount <= capacity,
            "a record of \(byteCount) bytes in segments of \(capacity)"
        )
        return byteCount
    }

    private mutating func openSegment(_ origin: SegmentHeader.Origin, map: inout LogMap) {
        invariant(identity.cluster != .unformed, "a log before the cluster was formed")
        let number = nextSegment
        let header = SegmentHeader(
            identity: identity,
            segment: number,
            batch: batch,
            segmentByteCount: segmentByteCount,
            origin: origin,
            end: origin == .beginning ? .start : end,
            previousCRC: previousCRC,
            last: map.last
        )
        map.open(segment: number, after: header.end)
        let bytes = header.encoded()
        closed.append(
            WriteExtent(
                position: LogPosition(segment: number, offset: 0),
                bytes: bytes,
                batch: batch,
                last: map.last
            )
        )
        previousCRC = SegmentHeader.crc(of: bytes)
        capacity = segmentByteCount
        place = .inOpenSegment
        batch += 1
        nextSegment += 1
        end = LogPosition(segment: number, offset: SegmentHeader.byteCount)
        batchStart = end.offset
    }

    private mutating func closeOpen(_ last: EntryID) -> WriteExtent {
        invariant(!open.isEmpty, "an extent without a record")
        let extent = WriteExtent(
            position: LogPosition(segment: end.segment, offset: batchStart),
            bytes: open,
            batch: batch,
            last: last
        )
        openCapacity = min(open.count, 1 << 20)
        open = []
        batch += 1
        batchStart = end.offset
        return extent
    }

    /// Writes the record at `end`; the caller made room.
    private mutating func encode(
        _ kind: Record.Kind,
        entryKind: Entry.Kind,
        id: EntryID,
        time: ClusterTime,
        payload: [UInt8]
    ) {
        if open.isEmpty { open.reserveCapacity(openCapacity) }
        let start = open.count
        let byteCount = Record.byteCount(payload: payload.count)
        open.append(addingCapacity: Record.headerByteCount) { header in
            header.append(repeating: 0, count: Record.headerByteCount)
        }
        open.append(contentsOf: payload)
        let padding = start + byteCount - open.count
        open.append(addingCapacity: padding) { $0.append(repeating: 0, count: padding) }
        let kinds = UInt64(kind.rawValue) | UInt64(entryKind.rawValue) << 8
        let chain = UInt64(previousCRC) << 32
        let (place, batch) = (end, batch)
        let offsets = UInt64(place.offset) | UInt64(batchStart) << 32
        var bytes = open.mutableSpan
        // Any bytes are a valid UInt8; every store is checked against the span's end.
        var header = unsafe bytes.mutableBytes
        header.store(UInt64(payload.count) << 32, at: start)
        header.store(kinds | chain, at: start + 8)
        header.store(place.segment, at: start + 16)
        header.store(batch, at: start + 24)
        header.store(offsets, at: start + 32)
        header.store(id.term.rawValue, at: start + 40)
        header.store(id.index.rawValue, at: start + 48)
        header.store(time.rawValue, at: start + 56)
        let crc = CRC32C.checksum(open.span.extracting((start + 4)...))
        var record = open.mutableSpan
        var head = unsafe record.mutableBytes
        head.storeBytes(of: crc.littleEndian, toByteOffset: start, as: UInt32.self)
        previousCRC = crc
        end = LogPosition(segment: end.segment, offset: end.offset + byteCount)
    }
}

extension LogTail {
    /// The first rule that does not hold of what waits.
    ///
    /// - Parameter written: where the batches that were given up end.
    func brokenRule(writtenThrough written: LogPosition) -> JournalRule? {
        if batchStart + open.count != end.offset || end.segment >= nextSegment {
            return .openBytesEndAtEnd
        }
        if case .inOpenSegment = place, end.offset > capacity { return .openBytesEndAtEnd }
        guard let first = firstWaiting else { return nil }
        let opensSegment = first.offset == 0 && first.segment > written.segment
        return first == written || opensSegment ? nil : .waitingFollowsWritten
    }

    /// Where what waits begins; nil when nothing does.
    private var firstWaiting: LogPosition? {
        if let first = closed.first { return first.position }
        return open.isEmpty ? nil : LogPosition(segment: end.segment, offset: batchStart)
    }

    /// The first rule that does not hold of the extents that wait.
    ///
    /// - Complexity: O(*n*) in the extents.
    var brokenScanRule: JournalRule? {
        let start = LogPosition(segment: end.segment, offset: batchStart)
        let reachEnd = closed.last.map { $0.batch < batch && $0.end == start }
        return Self.areContiguous(closed) && reachEnd ?? true ? nil : .extentsAreContiguous
    }

    /// Whether each extent begins where the one before ends, or opens a later segment, and is
    /// of a later batch.
    static func areContiguous(_ extents: [WriteExtent]) -> Bool {
        extents.isRising { first, second in
            let opensSegment =
                second.position.offset == 0
                && second.position.segment > first.position.segment
            return first.batch < second.batch && (second.position == first.end || opensSegment)
        }
    }
}

extension MutableRawSpan {
    /// Stores eight bytes, least significant first: several times faster than byte by byte.
    fileprivate mutating func store(_ value: UInt64, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
