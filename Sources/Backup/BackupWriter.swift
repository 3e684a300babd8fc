internal import Bytes

/// Turns a state's encoding into the bytes of a backup: `begin`, a `chunk` for each payload, `end`.
///
/// Each part carries the SHA-256 of itself and of the digest before it, so that the last digest is
/// one of the whole.
package struct BackupWriter: Sendable {
    /// The longest payload of one chunk, in bytes.
    package static let payloadByteCountMax = 4 << 20

    private var previous: [UInt8] = []

    package init() {}

    /// The header's bytes; everything else comes after them.
    package mutating func begin(_ header: BackupHeader) -> [UInt8] {
        let bytes = header.encoded
        previous = Array(bytes.suffix(SHA256.byteCount))
        return bytes
    }

    /// One chunk.
    ///
    /// - Precondition: 1 to `payloadByteCountMax` bytes.
    package mutating func chunk(_ payload: [UInt8]) -> [UInt8] {
        invariant(
            (1...Self.payloadByteCountMax).contains(payload.count),
            "a chunk of \(payload.count) bytes in a backup"
        )
        return part(payload)
    }

    /// The end; nothing follows it.
    package mutating func end() -> [UInt8] { part([]) }

    private mutating func part(_ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(BackupPart.overheadByteCount + payload.count)
        bytes.append(littleEndian: UInt32(payload.count))
        bytes.append(contentsOf: payload)
        previous = BackupPart.digest(of: bytes, after: previous)
        bytes.append(contentsOf: previous)
        return bytes
    }
}

/// A length, a payload, and the digest of both with the digest before: Docs/Formats/backup.md.
enum BackupPart {
    static let lengthByteCount = 4
    static let overheadByteCount = lengthByteCount + SHA256.byteCount

    static func digest(of bytes: [UInt8], after previous: [UInt8]) -> [UInt8] {
        SHA256.digest(previous + bytes)
    }
}
