internal import Bytes

/// What a key was from one revision on: a value, or nothing after a deletion.
///
/// ZooKeeper's data version is `version` - 1, its owner session is the lease.
package struct Version: Revisioned, Sendable {
    package var value: [UInt8]
    /// Zero after a deletion.
    package var createRevision: Revision
    package var modRevision: Revision
    /// How often the key was put since it was created; zero after a deletion.
    package var version: UInt64
    /// Zero is none.
    package var lease: UInt64

    var revision: Revision { modRevision }

    var isLive: Bool { version > 0 }

    /// The version with that head; `value` has the length that the head says.
    init(_ head: VersionHead, value: [UInt8]) {
        self.value = value
        createRevision = head.createRevision
        modRevision = head.modRevision
        version = head.version
        lease = head.lease
    }

    /// The end of a key at `revision`.
    static func deletion(at revision: Revision) -> Version {
        Version(VersionHead(deletionAt: revision), value: [])
    }

    /// The key as reads see it; nil after a deletion.
    func record(key: Path) -> KeyRecord? {
        guard isLive else { return nil }
        return KeyRecord(
            key: key,
            value: value,
            createRevision: createRevision,
            modRevision: modRevision,
            version: version,
            lease: lease == 0 ? nil : LeaseID(rawValue: lease)
        )
    }

    /// Everything but the value; nothing is counted or copied for it.
    var head: VersionHead {
        VersionHead(
            createRevision: createRevision,
            modRevision: modRevision,
            version: version,
            lease: lease,
            valueByteCount: value.count
        )
    }

    /// The item that this version is in the state's hash.
    func stateItem(key: [UInt8]) -> StableHash { head.stateItem(key: key, value: value.span) }
}

/// Everything of a version but its value.
struct VersionHead: Hashable, Sendable {
    /// Zero after a deletion.
    var createRevision: Revision
    var modRevision: Revision
    /// Zero after a deletion.
    var version: UInt64
    /// Zero is none.
    var lease: UInt64
    var valueByteCount: Int

    var isLive: Bool { version > 0 }

    /// The most bytes that a head takes when it is written.
    static let byteCountMax = 5 * OutputSpan<UInt8>.varintByteCountMax

    /// Whether no version was ever written.
    var isBlank: Bool { modRevision == .zero }

    /// The item that the version is in the state's hash.
    func stateItem(key: [UInt8], value: Span<UInt8>) -> StableHash {
        var hash = StableHash(seed: StoreHashSeed.version)
        hash.combine(key.span)
        hash.combine(value)
        hash.combine(createRevision.rawValue)
        hash.combine(modRevision.rawValue)
        hash.combine(version)
        hash.combine(lease)
        return hash
    }
}

extension VersionHead {
    /// The end of a key at `revision`.
    init(deletionAt revision: Revision) {
        createRevision = .zero
        modRevision = revision
        version = 0
        lease = 0
        valueByteCount = 0
    }
}

// How a version is written, in the archive and in snapshots: its modification revision and version;
// unless it is a deletion, then its create revision, lease and value.

extension [UInt8] {
    mutating func append(_ version: Version) {
        append(addingCapacity: VersionHead.byteCountMax + version.value.count) { output in
            output.append(varint: version.modRevision.rawValue)
            output.append(varint: version.version)
            guard version.isLive else { return }
            output.append(varint: version.createRevision.rawValue)
            output.append(varint: version.lease)
            output.append(varint: UInt64(version.value.count))
        }
        append(contentsOf: version.value)
    }
}

extension ByteReader {
    /// Reads a version; the reader then stands after it.
    mutating func readVersion() throws(DecodingError) -> Version {
        let head = try readVersionHead()
        return Version(head, value: try readBytes(count: head.valueByteCount))
    }

    /// Reads a version up to its value, which lies within what is left.
    mutating func readVersionHead() throws(DecodingError) -> VersionHead {
        let start = position
        var head = VersionHead(deletionAt: Revision(rawValue: try readNumber()))
        guard !head.isBlank else { throw .invalidValue(at: start) }
        head.version = try readNumber()
        guard head.isLive else { return head }
        head.createRevision = try readRevision(through: head.modRevision)
        head.lease = try readVarint()
        head.valueByteCount = try readCount()
        return head
    }
}
