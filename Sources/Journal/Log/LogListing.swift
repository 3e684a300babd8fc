package import Bytes
internal import Consensus

/// One piece of a segment as it stands on the disk, in plain values for people who inspect it.
package struct ListedRecord: Hashable, Sendable {
    /// What the piece is for; only entries that no later cut took away are in the log.
    package enum Kind: Hashable, Sendable {
        /// A segment's beginning; `term` and `index` are of the log's last entry before it.
        case header
        /// An entry without a payload: a leader's first, or a tick of the cluster clock.
        case empty
        case command
        case membership
        case cut
        case snapshotTaken
        case snapshotInstalled
        case segmentEnd
        /// What stands here is not a record; nothing after it in this segment is listed.
        case damage(Damage.Reason)
    }

    package let file: DiskFile
    package let offset: Int
    package let kind: Kind
    /// Zero where there is damage, as are the values that follow.
    package let term: UInt64
    package let index: UInt64
    package let time: ClusterTime
    package let batch: UInt64
    /// The length of the payload.
    package let byteCount: Int
}

/// Lists everything that a directory's segments hold, parts that were cut off included. Judges
/// nothing: that is `Journal.open`.
package enum LogListing {
    /// Gives every record of every segment, by rising number and offset, whatever the state of
    /// the rest of the directory.
    package static func list(
        _ reader: some DiskReader,
        each take: (ListedRecord) -> Void
    ) throws(JournalError) {
        let files: [DiskFile]
        do { files = try reader.files() } catch { throw .unreadable(error) }
        for segment in files.compactMap(\.segment).sorted() {
            try listSegment(segment, reader: reader, each: take)
        }
    }

    private static func listSegment(
        _ segment: UInt64,
        reader: some DiskReader,
        each take: (ListedRecord) -> Void
    ) throws(JournalError) {
        var stream = try SegmentStream(reader, segment: segment)
        let header: SegmentHeader
        let bytes = try stream.header()
        do throws(RecordFault) { header = try SegmentHeader(decoding: bytes) } catch {
            guard error != .blank else { return }
            return take(damage(error, segment: segment, at: 0, fileByteCount: stream.fileByteCount))
        }
        take(
            ListedRecord(
                file: .segment(segment),
                offset: 0,
                kind: .header,
                term: header.last.term.rawValue,
                index: header.last.index.rawValue,
                time: .zero,
                batch: header.batch,
                byteCount: 0
            )
        )
        var offset = SegmentHeader.byteCount
        while true {
            switch try stream.record(at: offset) {
            case .failure(.blank): return
            case .failure(let fault):
                return take(
                    damage(fault, segment: segment, at: offset, fileByteCount: stream.fileByteCount)
                )
            case .success(let record):
                take(
                    ListedRecord(
                        file: .segment(segment),
                        offset: offset,
                        kind: ListedRecord.Kind(record),
                        term: record.id.term.rawValue,
                        index: record.id.index.rawValue,
                        time: record.time,
                        batch: record.batch,
                        byteCount: record.payloadByteCount
                    )
                )
                if record.kind == .segmentEnd { return }
                offset += record.byteCount
            }
        }
    }

    private static func damage(
        _ fault: RecordFault,
        segment: UInt64,
        at offset: Int,
        fileByteCount: Int
    ) -> ListedRecord {
        ListedRecord(
            file: .segment(segment),
            offset: offset,
            kind: .damage(fault.reason(fileByteCount: fileByteCount)),
            term: 0,
            index: 0,
            time: .zero,
            batch: 0,
            byteCount: 0
        )
    }
}

extension ListedRecord.Kind {
    fileprivate init(_ record: Record) {
        switch record.kind {
        case .entry: self.init(record.entryKind)
        case .cut: self = .cut
        case .snapshotTaken: self = .snapshotTaken
        case .snapshotInstalled: self = .snapshotInstalled
        case .segmentEnd: self = .segmentEnd
        }
    }

    private init(_ kind: Entry.Kind) {
        switch kind {
        case .empty: self = .empty
        case .command: self = .command
        case .membership: self = .membership
        }
    }
}
