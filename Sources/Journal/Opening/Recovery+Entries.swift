package import Consensus

extension Recovery {
    /// Gives every entry that follows the snapshot in use, in order, whether it was committed or
    /// not: nothing on a disk tells.
    ///
    /// - Complexity: O(bytes of the log), in bounded memory.
    package func entries(
        from reader: some DiskReader,
        each take: (Entry) -> Void
    ) throws(JournalError) {
        let files: [DiskFile]
        do { files = try reader.files() } catch { throw .unreadable(error) }
        let scan = try SegmentScan(
            reader,
            segments: files.compactMap(\.segment),
            identity: identity
        )
        var next = log.snapshot.index.rawValue + 1
        for header in scan.chain {
            var stream = try SegmentStream(reader, segment: header.segment)
            var offset = SegmentHeader.byteCount
            while next <= log.last.index.rawValue,
                case .success(let record) = try stream.record(at: offset)
            {
                // An entry that was cut off later has another term than the one in its place.
                if record.kind == .entry, record.id.index.rawValue == next,
                    record.id.term == log.term(at: record.id.index)
                {
                    take(stream.entry(of: record, at: offset))
                    next += 1
                }
                offset += record.byteCount
            }
        }
        guard next > log.last.index.rawValue else {
            let file = DiskFile.segment(scan.chain.last?.segment ?? 0)
            throw .damaged(Damage(file: file, offset: 0, reason: .notContiguous))
        }
    }
}

extension RecoveredLog {
    fileprivate func term(at index: LogIndex) -> Term? {
        runs.last { $0.first <= index }?.term
    }
}
