internal import Bytes

/// Verifies a backup as its bytes come and gives what it holds; nothing is given before it was
/// verified, and no more is kept than one chunk.
package struct BackupReader: Sendable {
    /// What some bytes completed.
    package enum Piece: Hashable, Sendable {
        case header(BackupHeader)
        case payload([UInt8])
        /// The whole is there; its digest.
        case end([UInt8])
    }

    private enum Expectation: Hashable, Sendable {
        case header
        case part
        case nothing
    }

    private var expectation = Expectation.header
    private var previous: [UInt8] = []
    /// How many parts were verified.
    private var count: UInt64 = 0
    private var pending: [UInt8] = []

    package init() {}

    /// Takes the next bytes.
    ///
    /// - Throws: when they are no part of a backup; the reader is then of no use.
    package mutating func feed(_ bytes: [UInt8]) throws(BackupFault) -> [Piece] {
        pending.append(contentsOf: bytes)
        guard expectation != .header || BackupHeader.mayBegin(with: pending) else {
            throw .notABackup
        }
        var pieces: [Piece] = []
        var start = 0
        while let (piece, byteCount) = try next(from: start) {
            pieces.append(piece)
            start += byteCount
        }
        pending.removeSubrange(..<start)
        return pieces
    }

    /// Says that there are no more bytes.
    package func finish() throws(BackupFault) {
        guard expectation == .nothing else { throw .incomplete(chunk: count) }
    }

    private mutating func next(from start: Int) throws(BackupFault) -> (Piece, byteCount: Int)? {
        let available = pending.count - start
        switch expectation {
        case .header:
            guard available >= BackupHeader.byteCount else { return nil }
            let bytes = Array(pending[start..<start + BackupHeader.byteCount])
            let header = try BackupHeader(decoding: bytes)
            previous = Array(bytes.suffix(SHA256.byteCount))
            expectation = .part
            count = 1
            return (.header(header), BackupHeader.byteCount)
        case .part: return try part(from: start)
        case .nothing:
            guard available == 0 else { throw .bytesAfterEnd }
            return nil
        }
    }

    private mutating func part(from start: Int) throws(BackupFault) -> (Piece, byteCount: Int)? {
        let available = pending.count - start
        guard available >= BackupPart.lengthByteCount else { return nil }
        let length = pending.span.littleEndian(UInt32.self, at: start)
        guard length <= UInt32(BackupWriter.payloadByteCountMax) else {
            throw .chunkTooLong(byteCount: UInt64(length), chunk: count)
        }
        let body = start + BackupPart.lengthByteCount + Int(length)
        let end = body + SHA256.byteCount
        guard pending.count >= end else { return nil }
        let digest = BackupPart.digest(of: Array(pending[start..<body]), after: previous)
        guard digest.elementsEqual(pending[body..<end]) else {
            throw .digestMismatch(chunk: count)
        }
        previous = digest
        count += 1
        guard length > 0 else {
            expectation = .nothing
            return (.end(digest), end - start)
        }
        let payload = Array(pending[start + BackupPart.lengthByteCount..<body])
        return (.payload(payload), end - start)
    }
}
