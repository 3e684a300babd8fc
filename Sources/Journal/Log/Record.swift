internal import Bytes
internal import Consensus

/// One record of a segment, without its payload: Docs/Formats/segment.md draws every byte.
///
/// A record verifies alone: its CRC covers header, payload and padding. It proves its place: it
/// names its segment, its offset, its batch and the CRC of the record before.
struct Record {
    enum Kind: UInt8 {
        /// One entry of the replicated log, as payload.
        case entry = 1
        /// A conflict was cut off: the log goes on after this record's id.
        case cut = 2
        /// A snapshot of everything through this record's id is durable; the log goes on unchanged.
        case snapshotTaken = 3
        /// A snapshot took the place of the whole log: it goes on after this record's id.
        case snapshotInstalled = 4
        /// Nothing follows in this segment.
        case segmentEnd = 5
    }

    static let headerByteCount = 64
    static let alignment = 8

    let crc: UInt32
    let payloadByteCount: Int
    let kind: Kind
    /// Meaningful for `entry`.
    let entryKind: Entry.Kind
    let previousCRC: UInt32
    let batch: UInt64
    /// Where this record's batch began: everything before it was durable when this was written.
    let batchStart: Int
    let id: EntryID
    /// The time of an entry or a snapshot; zero for other records.
    let time: ClusterTime

    /// The bytes that it takes in the segment.
    var byteCount: Int { Self.byteCount(payload: payloadByteCount) }

    /// The bytes that a record with such a payload takes, padded to 8.
    static func byteCount(payload: Int) -> Int {
        (headerByteCount + payload + alignment - 1) & ~(alignment - 1)
    }
}

/// Why bytes are not the record that should stand there.
enum RecordFault: Error, Hashable {
    /// The header's place holds zeroes.
    case blank
    /// The record needs this many bytes.
    case truncated(needed: Int)
    case damaged(Damage.Reason)
}

extension Record {
    /// The checksum of the bytes that follow the stored one.
    private static func checksum(of bytes: Span<UInt8>, stored: UInt32) -> UInt32 {
        if planted(.checksumIgnored) { return stored }
        return CRC32C.checksum(bytes)
    }

    /// Decodes the record at `start` of `bytes`, which hold what follows it as far as known.
    ///
    /// - Parameters:
    ///   - segment: the file it must name.
    ///   - offset: where in that file it must say that it stands.
    init(
        decoding bytes: Span<UInt8>,
        at start: Int,
        segment: UInt64,
        offset: Int
    ) throws(RecordFault) {
        guard bytes.count - start >= Self.headerByteCount else {
            throw .truncated(needed: Self.headerByteCount)
        }
        let payload = bytes.littleEndian(UInt32.self, at: start + 4)
        guard let kind = Kind(rawValue: bytes[start + 8]),
            payload <= UInt32(Entry.payloadByteCountMax)
        else {
            let header = bytes.extracting(start..<start + Self.headerByteCount)
            throw header.isBlank ? .blank : .damaged(.malformed)
        }
        let whole = Self.byteCount(payload: Int(payload))
        guard bytes.count - start >= whole else { throw .truncated(needed: whole) }
        let stored = bytes.littleEndian(UInt32.self, at: start)
        let computed = Self.checksum(
            of: bytes.extracting(start + 4..<start + whole),
            stored: stored
        )
        guard stored == computed else {
            throw .damaged(.checksumMismatch(stored: stored, computed: computed))
        }
        guard bytes.littleEndian(UInt64.self, at: start + 16) == segment,
            Int(bytes.littleEndian(UInt32.self, at: start + 32)) == offset
        else { throw .damaged(.misplaced) }
        guard let entryKind = Entry.Kind(rawValue: bytes[start + 9]) else {
            throw .damaged(.malformed)
        }
        crc = stored
        payloadByteCount = Int(payload)
        self.kind = kind
        self.entryKind = entryKind
        previousCRC = bytes.littleEndian(UInt32.self, at: start + 12)
        batch = bytes.littleEndian(UInt64.self, at: start + 24)
        batchStart = Int(bytes.littleEndian(UInt32.self, at: start + 36))
        let term = Term(rawValue: bytes.littleEndian(UInt64.self, at: start + 40))
        let index = LogIndex(rawValue: bytes.littleEndian(UInt64.self, at: start + 48))
        id = EntryID(term: term, index: index)
        time = ClusterTime(rawValue: bytes.littleEndian(UInt64.self, at: start + 56))
    }
}

extension Span<UInt8> {
    /// Whether every byte is zero.
    var isBlank: Bool {
        var offset = 0
        while count - offset >= 8 {
            guard littleEndian(UInt64.self, at: offset) == 0 else { return false }
            offset += 8
        }
        while offset < count {
            guard self[offset] == 0 else { return false }
            offset += 1
        }
        return true
    }
}
