internal import Bytes
internal import Consensus

/// Follows the log's records in the order of its segments and holds what they come to.
struct LogReplay<Reader: DiskReader> {
    private let reader: Reader
    private(set) var map: LogMap
    private(set) var window: RecoveredTail
    private(set) var memberships: [MembershipRecord] = []
    /// The time of the last entry; nil when a cut has uncovered another one as the last.
    private(set) var lastTime: ClusterTime?
    private(set) var previousCRC: UInt32 = 0
    private(set) var lastBatch: UInt64 = 0
    /// Where that batch began; everything before is proven durable by it.
    private(set) var lastBatchStart = 0
    /// Where the next record would stand.
    private(set) var end: LogPosition
    /// Whether the last record closed its segment.
    private(set) var isSegmentEnded = false

    /// How a segment's records ended.
    enum Ending {
        /// At the limit, or with its `segmentEnd`.
        case complete
        /// With something at `end` that is not a record of this log.
        case fault(Damage.Reason)
    }

    init(_ reader: Reader, first header: SegmentHeader?, windowByteCountMax: Int) {
        self.reader = reader
        map = LogMap(base: header?.last ?? .zero)
        window = RecoveredTail(byteCountMax: windowByteCountMax)
        lastTime = header?.last.index ?? .zero == .zero ? .zero : nil
        end = LogPosition(segment: header?.segment ?? 0, offset: 0)
        previousCRC = header?.previousCRC ?? 0
    }

    /// Follows one segment.
    ///
    /// - Parameter limit: where the log left it, if a later segment says so.
    mutating func follow(
        _ header: SegmentHeader,
        limit: Int?
    ) throws(JournalError) -> Ending {
        map.open(segment: header.segment, after: header.end)
        var stream = try SegmentStream(reader, segment: header.segment)
        previousCRC = SegmentHeader.crc(of: try stream.header())
        lastBatch = max(lastBatch, header.batch)
        lastBatchStart = 0
        isSegmentEnded = false
        var offset = SegmentHeader.byteCount
        while !isSegmentEnded {
            end = LogPosition(segment: header.segment, offset: offset)
            if let limit, offset >= limit { break }
            switch try stream.record(at: offset) {
            case .failure(let fault):
                return .fault(fault.reason(fileByteCount: stream.fileByteCount))
            case .success(let record):
                if let reason = take(record, stream: stream, at: offset) { return .fault(reason) }
                previousCRC = record.crc
                lastBatch = record.batch
                lastBatchStart = record.batchStart
                offset += record.byteCount
            }
        }
        end = LogPosition(segment: header.segment, offset: offset)
        guard let limit, offset != limit else { return .complete }
        return .fault(.outOfOrder)
    }

    /// Adds the record, or says why it can't follow what stands before it.
    private mutating func take(
        _ record: Record,
        stream: SegmentStream<Reader>,
        at offset: Int
    ) -> Damage.Reason? {
        guard record.previousCRC == previousCRC, record.batch >= lastBatch,
            record.batchStart <= offset, record.id.index <= .highest, record.id.term <= .highest
        else { return .outOfOrder }
        switch record.kind {
        case .entry: return append(record, stream: stream, at: offset)
        case .cut:
            guard map.holds(record.id) else { return .outOfOrder }
            if planted(.cutNotReplayed) { break }
            map.cut(after: record.id)
            window.cut(after: record.id.index)
            while let last = memberships.last, last.index > record.id.index {
                memberships.removeLast()
            }
            lastTime = record.id.index == .zero ? .zero : nil
        case .snapshotTaken:
            // The log may have gone on into this segment while the snapshot was written, and since
            // have forgotten the entry that it covers.
            guard record.id.precedes(map.base) || map.holds(record.id) else {
                return .outOfOrder
            }
        case .snapshotInstalled:
            map.restart(after: record.id)
            window.removeAll()
            memberships = []
            lastTime = record.time
        case .segmentEnd: isSegmentEnded = true
        }
        map.count(byteCount: record.byteCount)
        return nil
    }

    private mutating func append(
        _ record: Record,
        stream: SegmentStream<Reader>,
        at offset: Int
    ) -> Damage.Reason? {
        guard record.id.index.rawValue == map.last.index.rawValue + 1,
            record.id.term >= map.last.term
        else { return .outOfOrder }
        let entry = stream.entry(of: record, at: offset)
        if entry.kind == .membership {
            guard let membership = try? Membership(decoding: entry.payload) else {
                return .malformed
            }
            memberships.append(MembershipRecord(index: entry.id.index, membership: membership))
        }
        map.append(record.id, at: end, byteCount: record.byteCount)
        window.append(entry)
        lastTime = entry.time
        return nil
    }

    /// The time of the log's last entry.
    ///
    /// - Parameter snapshot: the snapshot in use.
    mutating func timeOfLast(
        snapshot: SnapshotDescriptor?
    ) throws(JournalError) -> ClusterTime {
        if let lastTime { return lastTime }
        if let snapshot, snapshot.id == map.last { return snapshot.time }
        if let entry = window.entries.last { return entry.time }
        return try readLast()?.time ?? .zero
    }

    /// Reads the last entry again: what stood in the window was cut off.
    private func readLast() throws(JournalError) -> Entry? {
        guard let point = map.point(atOrBefore: map.last.index) else { return nil }
        var offset = point.offset
        var segment = point.segment
        while true {
            var stream = try SegmentStream(reader, segment: segment)
            let successor = map.successor(of: segment)
            let limit = successor?.end.offset ?? end.offset
            while offset < limit, case .success(let record) = try stream.record(at: offset) {
                if record.kind == .entry, record.id == map.last {
                    return stream.entry(of: record, at: offset)
                }
                offset += record.byteCount
            }
            guard let successor else { return nil }
            segment = successor.number
            offset = SegmentHeader.byteCount
        }
    }
}

extension EntryID {
    /// Whether one log can hold both, this one first (dissertation 3.5: terms never fall along it).
    fileprivate func precedes(_ other: EntryID) -> Bool {
        index < other.index && term <= other.term
    }
}

extension RecordFault {
    /// The same as evidence.
    func reason(fileByteCount: Int) -> Damage.Reason {
        switch self {
        case .blank: .blank
        case .truncated: .truncated(byteCount: fileByteCount)
        case .damaged(let reason): reason
        }
    }
}
