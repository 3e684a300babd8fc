internal import Bytes

/// What a backup is of; the beginning of its bytes.
package struct BackupHeader: Hashable, Sendable {
    /// The cluster whose state it is.
    package let cluster: UInt64
    /// The last log entry that the state holds.
    package let index: UInt64
    /// The cluster clock at that entry, in milliseconds.
    package let clusterTimeMilliseconds: UInt64
    /// The leader's wall clock at that entry, in milliseconds since 1970; 0 while it is unknown.
    package let wallTimeMilliseconds: UInt64
    package let revision: UInt64
    /// The oldest revision of which there is history.
    package let compactRevision: UInt64
    package let keyCount: UInt64
    package let leaseCount: UInt64

    package init(
        cluster: UInt64,
        index: UInt64,
        clusterTimeMilliseconds: UInt64,
        wallTimeMilliseconds: UInt64,
        revision: UInt64,
        compactRevision: UInt64,
        keyCount: UInt64,
        leaseCount: UInt64
    ) {
        self.cluster = cluster
        self.index = index
        self.clusterTimeMilliseconds = clusterTimeMilliseconds
        self.wallTimeMilliseconds = wallTimeMilliseconds
        self.revision = revision
        self.compactRevision = compactRevision
        self.keyCount = keyCount
        self.leaseCount = leaseCount
    }
}

/// Docs/Formats/backup.md.
extension BackupHeader {
    /// Whether the bytes are the first of a backup, as far as they go.
    static func mayBegin(with bytes: [UInt8]) -> Bool {
        var expected: [UInt8] = []
        expected.append(littleEndian: magic)
        return zip(bytes, expected).allSatisfy { $0 == $1 }
    }

    private static let magic: UInt64 = 0x4B42_5F74_736F_6F52  // "Roost_BK"
    private static let formatVersion: UInt32 = 1
    /// Magic, version, a reserved word, and the eight fields.
    static let fieldsByteCount = 16 + 64
    /// With the digest of everything before it.
    static let byteCount = fieldsByteCount + SHA256.byteCount

    private var fields: [UInt64] {
        [
            cluster, index, clusterTimeMilliseconds, wallTimeMilliseconds, revision,
            compactRevision, keyCount, leaseCount,
        ]
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: UInt32(0))
        for field in fields { bytes.append(littleEndian: field) }
        return bytes + SHA256.digest(bytes)
    }

    /// Decodes exactly the header's bytes.
    ///
    /// - Precondition: `byteCount` bytes.
    init(decoding bytes: [UInt8]) throws(BackupFault) {
        let span = bytes.span
        guard span.littleEndian(UInt64.self, at: 0) == Self.magic else { throw .notABackup }
        let version = span.littleEndian(UInt32.self, at: 8)
        guard version == Self.formatVersion else { throw .unknownFormat(version) }
        guard
            SHA256.digest(Array(bytes[..<Self.fieldsByteCount]))
                .elementsEqual(bytes[Self.fieldsByteCount...])
        else { throw .digestMismatch(chunk: 0) }
        func field(_ number: Int) -> UInt64 {
            span.littleEndian(UInt64.self, at: 16 + 8 * number)
        }
        self.init(
            cluster: field(0),
            index: field(1),
            clusterTimeMilliseconds: field(2),
            wallTimeMilliseconds: field(3),
            revision: field(4),
            compactRevision: field(5),
            keyCount: field(6),
            leaseCount: field(7)
        )
    }
}
