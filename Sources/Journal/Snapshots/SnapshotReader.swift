internal import Bytes
package import Consensus

/// Verifies a snapshot file as its bytes come and gives what it holds; nothing is given before it
/// was verified, and nothing is allocated that the bytes do not justify.
package struct SnapshotReader: Sendable {
    /// What some bytes completed.
    package enum Piece: Hashable, Sendable {
        case header(SnapshotHeader)
        /// One payload as it was given to `SnapshotWriter.append`.
        case payload([UInt8])
        /// The file is whole.
        case end
    }

    private enum Expectation: Hashable, Sendable {
        case header
        case chunk
        case nothing
    }

    /// Named in the evidence.
    private let file: DiskFile
    private let cluster: ClusterID
    private let id: EntryID
    private var expectation = Expectation.header
    private var chunkNumber: UInt32 = 0
    private var previousCRC: UInt32 = 0
    /// Bytes that came and were not verified yet: at most one chunk and what came with its end.
    private var pending: [UInt8] = []
    /// Where `pending` begins in the file.
    private var offset = 0

    /// A reader of the snapshot of `id`, of that cluster; any other is damage.
    package init(_ file: DiskFile, id: EntryID, cluster: ClusterID) {
        self.file = file
        self.id = id
        self.cluster = cluster
    }

    /// How many bytes of the file came so far.
    package var byteCount: Int { offset + pending.count }

    /// Whether the end came.
    package var isComplete: Bool { expectation == .nothing }

    /// Takes the next bytes of the file.
    ///
    /// - Throws: `Damage` when they can't be a part of that snapshot; the reader is then of no
    ///   use.
    package mutating func feed(_ bytes: [UInt8]) throws(Damage) -> [Piece] {
        pending.append(contentsOf: bytes)
        var pieces: [Piece] = []
        var start = 0
        defer {
            pending.removeSubrange(..<start)
            offset += start
        }
        while let (piece, byteCount) = try next(from: start) {
            invariant(
                (1...pending.count - start).contains(byteCount),
                "a piece of \(byteCount) bytes in \(pending.count - start)"
            )
            pieces.append(piece)
            start += byteCount
        }
        return pieces
    }

    /// The piece that begins at `start` of `pending`, nil while some of it is missing.
    private mutating func next(from start: Int) throws(Damage) -> (Piece, byteCount: Int)? {
        let available = pending.count - start
        switch expectation {
        case .header:
            guard available >= SnapshotHeader.prefixByteCount else { return nil }
            let count = try SnapshotHeader.byteCount(
                prefix: pending.span.extracting(start...),
                of: file
            )
            guard available >= count else { return nil }
            return (.header(try header(from: start, byteCount: count)), count)
        case .chunk: return try chunk(from: start)
        case .nothing:
            guard available == 0 else { throw damage(at: start, reason: .malformed) }
            return nil
        }
    }

    private mutating func header(
        from start: Int,
        byteCount: Int
    ) throws(Damage) -> SnapshotHeader {
        let bytes = Array(pending[start..<start + byteCount])
        let header = try SnapshotHeader(decoding: bytes, of: file)
        guard header.cluster == cluster, header.id == id else {
            throw damage(at: start, reason: .misplaced)
        }
        previousCRC = bytes.span.littleEndian(UInt32.self, at: byteCount - 4)
        expectation = .chunk
        return header
    }

    private mutating func chunk(from start: Int) throws(Damage) -> (Piece, byteCount: Int)? {
        guard let chunk = try verifiedChunk(from: start) else { return nil }
        chunkNumber &+= 1
        previousCRC = pending.span.littleEndian(UInt32.self, at: start)
        let payload = start + SnapshotChunkHeader.byteCount
        let end = payload + chunk.byteCount
        switch chunk.kind {
        case .payload: return (.payload(Array(pending[payload..<end])), end - start)
        case .end:
            expectation = .nothing
            return (.end, end - start)
        }
    }

    /// The chunk that begins at `start` of `pending`, nil while some of it is missing.
    private func verifiedChunk(from start: Int) throws(Damage) -> SnapshotChunkHeader? {
        let available = pending.count - start
        guard available >= SnapshotChunkHeader.byteCount else { return nil }
        let rest = pending.span.extracting(start...)
        let count = Int(rest.littleEndian(UInt32.self, at: 4))
        guard count <= SnapshotWriter.payloadByteCountMax else {
            throw damage(at: start, reason: .malformed)
        }
        let whole = SnapshotChunkHeader.byteCount + count
        guard available >= whole else { return nil }
        let stored = rest.littleEndian(UInt32.self, at: 0)
        let computed = CRC32C.checksum(rest.extracting(4..<whole))
        guard stored == computed else {
            throw damage(at: start, reason: .checksumMismatch(stored: stored, computed: computed))
        }
        let kind = SnapshotChunkHeader.Kind(rawValue: rest.littleEndian(UInt32.self, at: 16))
        guard let kind, kind == .payload || count == 0 else {
            throw damage(at: start, reason: .malformed)
        }
        let chunk = SnapshotChunkHeader(
            byteCount: count,
            number: rest.littleEndian(UInt32.self, at: 8),
            previousCRC: rest.littleEndian(UInt32.self, at: 12),
            kind: kind
        )
        guard chunk.number == chunkNumber, chunk.previousCRC == previousCRC else {
            throw damage(at: start, reason: .outOfOrder)
        }
        return chunk
    }

    private func damage(at start: Int, reason: Damage.Reason) -> Damage {
        Damage(file: file, offset: offset + start, reason: reason)
    }
}
