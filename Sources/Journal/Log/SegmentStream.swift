internal import Bytes
internal import Consensus

/// One segment read front to back through a window, for recovery.
struct SegmentStream<Reader: DiskReader> {
    private static var windowByteCount: Int { 1 << 20 }

    let reader: Reader
    let segment: UInt64
    /// The length of the file as it is.
    let fileByteCount: Int
    private var window: [UInt8] = []
    private var windowStart = 0

    init(_ reader: Reader, segment: UInt64) throws(JournalError) {
        self.reader = reader
        self.segment = segment
        do { fileByteCount = try reader.byteCount(of: .segment(segment)) ?? 0 } catch {
            throw .unreadable(error)
        }
    }

    /// The record at `offset`, or why there is none.
    mutating func record(at offset: Int) throws(JournalError) -> Result<Record, RecordFault> {
        try fill(from: offset, byteCount: Record.headerByteCount)
        let first = decode(at: offset)
        guard case .failure(.truncated(let needed)) = first, offset + needed <= fileByteCount else {
            return first
        }
        try fill(from: offset, byteCount: needed)
        return decode(at: offset)
    }

    /// The entry whose record was just given.
    func entry(of record: Record, at offset: Int) -> Entry {
        record.entry(in: window, at: offset - windowStart)
    }

    /// The header's bytes, or as many as there are.
    mutating func header() throws(JournalError) -> [UInt8] {
        try fill(from: 0, byteCount: SegmentHeader.byteCount)
        return Array(window.prefix(SegmentHeader.byteCount))
    }

    /// Whether the file is whole and holds only zeroes from `offset` on.
    mutating func isBlank(from offset: Int, segmentByteCount: Int) throws(JournalError) -> Bool {
        guard fileByteCount >= segmentByteCount else { return false }
        var offset = offset
        while offset < fileByteCount {
            try fill(from: offset, byteCount: 1)
            let rest = window.span.extracting((offset - windowStart)...)
            guard !rest.isEmpty, rest.isBlank else { return false }
            offset += rest.count
        }
        return true
    }

    /// How many bytes stand from `offset` on before the zeroes that the file ends in.
    mutating func writtenByteCount(from offset: Int) throws(JournalError) -> Int {
        var position = offset
        var end = offset
        while position < fileByteCount {
            try fill(from: position, byteCount: 1)
            let rest = window.span.extracting((position - windowStart)...)
            guard !rest.isEmpty else { break }
            if !rest.isBlank, let last = window.lastIndex(where: { $0 != 0 }) {
                end = windowStart + last + 1
            }
            position += rest.count
        }
        return end - offset
    }

    /// The first valid record after `offset` whose batch began after it too: it
    /// proves that everything before its batch was durable.
    mutating func proof(after offset: Int) throws(JournalError) -> Record? {
        var candidate = (offset + Record.alignment) & ~(Record.alignment - 1)
        while candidate + Record.headerByteCount <= fileByteCount {
            try fill(from: candidate, byteCount: Record.headerByteCount)
            let start = candidate - windowStart
            guard window.count - start >= Record.headerByteCount else { return nil }
            if window.span.littleEndian(UInt32.self, at: start + 32) == UInt32(candidate),
                case .success(let record) = try record(at: candidate),
                record.batchStart > offset, record.batchStart <= candidate
            {
                return record
            }
            candidate += Record.alignment
        }
        return nil
    }

    private func decode(at offset: Int) -> Result<Record, RecordFault> {
        guard offset >= windowStart, offset - windowStart <= window.count else {
            return .failure(.truncated(needed: Record.headerByteCount))
        }
        do throws(RecordFault) {
            return .success(
                try Record(
                    decoding: window.span,
                    at: offset - windowStart,
                    segment: segment,
                    offset: offset
                )
            )
        } catch { return .failure(error) }
    }

    /// Lets the window hold `byteCount` bytes from `offset`, as far as the file has them.
    private mutating func fill(from offset: Int, byteCount: Int) throws(JournalError) {
        let end = min(offset + byteCount, fileByteCount)
        guard offset < windowStart || end > windowStart + window.count else { return }
        do {
            window = try reader.read(
                .segment(segment),
                offset: offset,
                byteCount: max(byteCount, Self.windowByteCount)
            )
        } catch { throw .unreadable(error) }
        invariant(
            window.count <= max(byteCount, Self.windowByteCount),
            "\(window.count) bytes were read where \(byteCount) were asked for"
        )
        windowStart = offset
    }
}
