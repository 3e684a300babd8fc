package import Bytes
package import Consensus

/// What a snapshot is of; the beginning of its file.
package struct SnapshotHeader: Hashable, Sendable {
    package let cluster: ClusterID
    /// The last entry that the state holds.
    package let id: EntryID
    /// The time of that entry.
    package let time: ClusterTime
    /// The membership in force at that entry.
    package let membership: Membership
    /// The keyspace's hash of the whole replicated state; opaque here, at most 64 bytes.
    package let stateHash: [UInt8]

    package init(
        cluster: ClusterID,
        id: EntryID,
        time: ClusterTime,
        membership: Membership,
        stateHash: [UInt8]
    ) {
        self.cluster = cluster
        self.id = id
        self.time = time
        self.membership = membership
        self.stateHash = stateHash
    }
}

/// The bytes before the first chunk: Docs/Formats/snapshot.md.
extension SnapshotHeader {
    static let magic: UInt64 = 0x504E_5374_736F_6F52  // "RoostSNP"
    static let formatVersion: UInt32 = 1
    /// Magic, format version and the header's length.
    static let prefixByteCount = 16
    /// Far above any honest header: a membership of 64 members.
    static let byteCountMax = 1 << 17
    private static let stateHashByteCountMax = 64

    func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: cluster.rawValue)
        bytes.append(littleEndian: id.term.rawValue)
        bytes.append(littleEndian: id.index.rawValue)
        bytes.append(littleEndian: time.rawValue)
        bytes.append(lengthPrefixed: stateHash)
        membership.encode(into: &bytes)
        bytes.overwrite(at: 12, littleEndian: UInt32(bytes.count + 4))
        bytes.append(littleEndian: CRC32C.checksum(bytes.span))
        return bytes
    }

    /// The header's length as its first 16 bytes give it: in every format version it stands there,
    /// and a CRC32C ends the header, so that damage is told from a version to come.
    static func byteCount(
        prefix: Span<UInt8>,
        of file: DiskFile
    ) throws(Damage) -> Int {
        let count = Int(prefix.littleEndian(UInt32.self, at: 12))
        guard count > prefixByteCount + 4, count <= byteCountMax else {
            throw Damage(file: file, offset: 12, reason: .malformed)
        }
        return count
    }

    /// Decodes exactly the header's bytes.
    init(decoding bytes: [UInt8], of file: DiskFile) throws(Damage) {
        let body = bytes.count - 4
        let stored = bytes.span.littleEndian(UInt32.self, at: body)
        let computed = CRC32C.checksum(bytes.span.extracting(..<body))
        guard stored == computed else {
            let reason = Damage.Reason.checksumMismatch(stored: stored, computed: computed)
            throw Damage(file: file, offset: 0, reason: reason)
        }
        guard bytes.span.littleEndian(UInt64.self, at: 0) == Self.magic,
            bytes.span.littleEndian(UInt32.self, at: 8) == Self.formatVersion
        else { throw Damage(file: file, offset: 0, reason: .unknownFormat) }
        var reader = ByteReader(bytes, in: Self.prefixByteCount..<body)
        do {
            cluster = ClusterID(rawValue: try reader.readLittleEndian())
            let term = Term(rawValue: try reader.readLittleEndian())
            id = EntryID(term: term, index: LogIndex(rawValue: try reader.readLittleEndian()))
            time = ClusterTime(rawValue: try reader.readLittleEndian())
            stateHash = try reader.readLengthPrefixed(limit: Self.stateHashByteCountMax)
            membership = try Membership(from: &reader)
            try reader.expectEnd()
        } catch { throw Damage(file: file, offset: reader.position, reason: .malformed) }
    }
}
