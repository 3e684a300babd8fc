internal import Bytes
internal import Consensus

/// Turns a state's encoding into the operations that write it as a draft.
///
/// `begin`, then `append` for each payload, then `finish`; the operations of each call are carried
/// out in order before those of the next.
package struct SnapshotWriter: Sendable {
    /// The longest payload of one chunk, in bytes.
    package static let payloadByteCountMax = 4 << 20
    /// The draft is synced each time it grew by this much: one sync of a whole file would keep the
    /// disk from the log for as long as it takes.
    static let syncedByteCount = 4 << 20

    package let header: SnapshotHeader
    /// How long the file is with everything given so far.
    package private(set) var byteCount = 0
    private var chunkNumber: UInt32 = 0
    private var previousCRC: UInt32 = 0
    /// How long the file was at the last sync.
    private var syncedThrough = 0

    package init(_ header: SnapshotHeader) { self.header = header }

    private var file: DiskFile { .snapshotDraft(header.id) }

    /// Creates the draft with its header.
    package mutating func begin() -> [DiskOperation] {
        invariant(byteCount == 0, "a snapshot is begun twice")
        let bytes = header.encoded()
        previousCRC = bytes.span.littleEndian(UInt32.self, at: bytes.count - 4)
        byteCount = bytes.count
        return [.create(file, zeroedByteCount: 0), .write(file, offset: 0, bytes: bytes)]
    }

    /// Adds one chunk; a reader gives the same payloads, with the same boundaries.
    package mutating func append(_ payload: [UInt8]) -> [DiskOperation] {
        let write = write(.payload, payload: payload)
        guard byteCount - syncedThrough >= Self.syncedByteCount else { return [write] }
        syncedThrough = byteCount
        return [write, .sync(file)]
    }

    /// Ends the file and makes it durable under its draft's name.
    package mutating func finish() -> [DiskOperation] { [write(.end, payload: []), .sync(file)] }

    private mutating func write(_ kind: SnapshotChunkHeader.Kind, payload: [UInt8])
        -> DiskOperation
    {
        invariant(byteCount > 0, "a snapshot's chunk before its header")
        invariant(
            payload.count <= Self.payloadByteCountMax,
            "a snapshot chunk of \(payload.count) bytes"
        )
        let chunk = SnapshotChunkHeader(
            byteCount: payload.count,
            number: chunkNumber,
            previousCRC: previousCRC,
            kind: kind
        )
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SnapshotChunkHeader.byteCount + payload.count)
        previousCRC = chunk.encode(payload, into: &bytes)
        defer {
            chunkNumber += 1
            byteCount += bytes.count
        }
        return .write(file, offset: byteCount, bytes: bytes)
    }
}

/// The 20 bytes before a chunk's payload: Docs/Formats/snapshot.md.
struct SnapshotChunkHeader {
    enum Kind: UInt32 {
        case payload = 1
        case end = 2
    }

    static let byteCount = 20

    /// The length of the payload.
    let byteCount: Int
    let number: UInt32
    /// The CRC of the chunk before, of the header before the first.
    let previousCRC: UInt32
    let kind: Kind

    /// Appends header and payload, and gives their CRC.
    func encode(_ payload: [UInt8], into bytes: inout [UInt8]) -> UInt32 {
        let start = bytes.count
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt32(byteCount))
        bytes.append(littleEndian: number)
        bytes.append(littleEndian: previousCRC)
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(contentsOf: payload)
        let crc = CRC32C.checksum(bytes.span.extracting((start + 4)...))
        bytes.overwrite(at: start, littleEndian: crc)
        return crc
    }
}
