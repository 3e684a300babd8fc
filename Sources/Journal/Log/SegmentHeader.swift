internal import Bytes
internal import Consensus

/// The first 128 bytes of a segment: Docs/Formats/segment.md.
///
/// Written alone and made durable before any record, after everything in the segment before it: so
/// any valid record proves its segment's header, and the header proves all that lies before.
struct SegmentHeader: Hashable, Sendable {
    /// What the log was before this segment.
    enum Origin: UInt32 {
        /// Nothing: the log begins here.
        case beginning = 0
        /// The segment before was full and ends with a `segmentEnd`.
        case rolled = 1
        /// The segment before was cut at `end` when the log was opened: what follows was
        /// never acknowledged.
        case cut = 2
    }

    static let byteCount = 128
    static let magic: UInt64 = 0x4C41_5774_736F_6F52  // "RoostWAL"
    static let formatVersion: UInt32 = 1

    let cluster: ClusterID
    let member: MemberID
    let segment: UInt64
    let batch: UInt64
    /// The length of the whole file.
    let segmentByteCount: Int
    let origin: Origin
    /// Where the log left the segment before; `.start` at the beginning.
    let end: LogPosition
    /// The CRC of the last record before `end`; 0 at the beginning.
    let previousCRC: UInt32
    /// The log's last entry before this segment.
    let last: EntryID

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: UInt32(Self.byteCount))
        bytes.append(littleEndian: cluster.rawValue)
        bytes.append(littleEndian: member.rawValue)
        bytes.append(littleEndian: segment)
        bytes.append(littleEndian: batch)
        bytes.append(littleEndian: UInt64(segmentByteCount))
        bytes.append(littleEndian: end.segment)
        bytes.append(littleEndian: UInt64(end.offset))
        bytes.append(littleEndian: previousCRC)
        bytes.append(littleEndian: origin.rawValue)
        bytes.append(littleEndian: last.term.rawValue)
        bytes.append(littleEndian: last.index.rawValue)
        bytes.append(contentsOf: repeatElement(0, count: Self.byteCount - 4 - bytes.count))
        bytes.append(littleEndian: CRC32C.checksum(bytes.span))
        return bytes
    }

    /// The CRC that the first record names as the one before.
    static func crc(of encoded: [UInt8]) -> UInt32 {
        encoded.span.littleEndian(UInt32.self, at: byteCount - 4)
    }

    /// Decodes the header of the segment of that number.
    init(
        decoding bytes: [UInt8],
        segment: UInt64,
        cluster: ClusterID,
        member: MemberID
    ) throws(RecordFault) {
        try self.init(decoding: bytes)
        guard self.cluster == cluster, self.member == member, self.segment == segment else {
            throw .damaged(.misplaced)
        }
    }

    /// Decodes a header, of whatever segment it is.
    init(decoding bytes: [UInt8]) throws(RecordFault) {
        guard bytes.count >= Self.byteCount else { throw .truncated(needed: Self.byteCount) }
        let span = bytes.span.extracting(..<Self.byteCount)
        guard !span.isBlank else { throw .blank }
        let stored = Self.crc(of: bytes)
        let computed = CRC32C.checksum(span.extracting(..<(Self.byteCount - 4)))
        guard stored == computed else {
            throw .damaged(.checksumMismatch(stored: stored, computed: computed))
        }
        guard span.littleEndian(UInt64.self, at: 0) == Self.magic,
            span.littleEndian(UInt32.self, at: 8) == Self.formatVersion,
            let origin = Origin(rawValue: span.littleEndian(UInt32.self, at: 76)),
            let segmentByteCount = Int(exactly: span.littleEndian(UInt64.self, at: 48)),
            let endOffset = Int(exactly: span.littleEndian(UInt64.self, at: 64))
        else { throw .damaged(.unknownFormat) }
        cluster = ClusterID(rawValue: span.littleEndian(UInt64.self, at: 16))
        member = MemberID(rawValue: span.littleEndian(UInt64.self, at: 24))
        segment = span.littleEndian(UInt64.self, at: 32)
        batch = span.littleEndian(UInt64.self, at: 40)
        self.segmentByteCount = segmentByteCount
        self.origin = origin
        end = LogPosition(segment: span.littleEndian(UInt64.self, at: 56), offset: endOffset)
        previousCRC = span.littleEndian(UInt32.self, at: 72)
        let term = Term(rawValue: span.littleEndian(UInt64.self, at: 80))
        let index = LogIndex(rawValue: span.littleEndian(UInt64.self, at: 88))
        last = EntryID(term: term, index: index)
    }

    init(
        identity: Identity,
        segment: UInt64,
        batch: UInt64,
        segmentByteCount: Int,
        origin: Origin,
        end: LogPosition,
        previousCRC: UInt32,
        last: EntryID
    ) {
        cluster = identity.cluster
        member = identity.member
        self.segment = segment
        self.batch = batch
        self.segmentByteCount = segmentByteCount
        self.origin = origin
        self.end = end
        self.previousCRC = previousCRC
        self.last = last
    }
}
