internal import Bytes

/// What a key was from one revision on: a value, or nothing after a deletion.
///
/// ZooKeeper's data version is `version` - 1, its owner session is the lease.
package struct Version: Sendable {
    package var value: [UInt8]
    /// Zero after a deletion.
    package var createRevision: Revision
    package var modRevision: Revision
    private let packedLife: PackedLife
    /// nil where nobody is known to have written it, nothing was noted, it ends with no lease, and its
    /// life fits where that of most does.
    let marks: VersionMarks?

    /// When the key was created and this version was written, and how often it was put until then.
    @inline(__always)
    var life: KeyLife { packedLife.life ?? wholeLife }

    /// That of which there is no packed one.
    private var wholeLife: KeyLife {
        guard let life = marks?.life else { unreachable("a version's life is nowhere") }
        return life
    }

    /// How often the key was put since it was created; zero after a deletion.
    package var version: UInt64 { packedLife.version ?? wholeLife.version }

    /// Zero is none.
    package var lease: UInt64 { marks?.lease ?? 0 }
    var author: AuthorID { marks?.author ?? .nobody }
    var note: [UInt8] { marks?.note ?? [] }

    var isLive: Bool { version > 0 }

    /// The version with that head; `value` has the length that the head says.
    init(_ head: VersionHead, value: [UInt8], note: [UInt8]) {
        let marks = VersionMarks.make(author: head.author, note: note, lease: head.lease)
        self.init(head, value: value, marks: marks)
    }

    /// The version with that head, whose author, length of note and lease are those of `marks`.
    init(_ head: VersionHead, value: [UInt8], marks: VersionMarks?) {
        self.value = value
        createRevision = head.createRevision
        modRevision = head.modRevision
        packedLife = PackedLife(head.life)
        self.marks = packedLife.life == nil ? VersionMarks(marks, life: head.life) : marks
    }

    /// The end of a key at `revision`.
    static func deletion(at revision: Revision) -> Version {
        Version(VersionHead(deletionAt: revision), value: [], marks: nil)
    }

    /// The key as reads see it; nil after a deletion.
    func record(key: Key, authors: AuthorTable) -> KeyRecord? {
        guard isLive else { return nil }
        let signature = marks.flatMap { authors.signature($0) }
        return head.record(key: key, value: value, signature: signature)
    }

    /// Everything but the value and the note; nothing is counted or copied for it.
    @inline(__always)
    var head: VersionHead {
        let life = life
        return VersionHead(
            createRevision: createRevision,
            modRevision: modRevision,
            version: life.version,
            lease: lease,
            created: life.created,
            modified: life.modified,
            author: author,
            valueByteCount: value.count,
            noteByteCount: note.count
        )
    }

    /// The item that this version is in the state's hash.
    func stateItem(key: [UInt8]) -> StableHash {
        head.stateItem(key: key, value: value.span, note: note.span)
    }
}

/// Everything of a version but its value and its note.
struct VersionHead: Hashable, Sendable {
    /// Zero after a deletion.
    var createRevision: Revision
    var modRevision: Revision
    /// Zero after a deletion.
    var version: UInt64
    /// Zero is none.
    var lease: UInt64
    var created: WallTime
    var modified: WallTime
    var author: AuthorID
    var valueByteCount: Int
    var noteByteCount: Int

    /// Whether anything is known of when, by whom and why it was written. Nothing is of a version
    /// from a snapshot of the second format.
    var hasProvenance: Bool {
        created != .unknown || modified != .unknown || author != .nobody || noteByteCount > 0
    }

    var isLive: Bool { version > 0 }

    var life: KeyLife { KeyLife(version: version, created: created, modified: modified) }

    /// The most bytes that a head takes when it is written.
    static let byteCountMax = 9 * OutputSpan<UInt8>.varintByteCountMax

    /// Whether no version was ever written.
    var isBlank: Bool { modRevision == .zero }

    /// The key as reads see it, of a version that is no deletion.
    func record(key: Key, value: [UInt8], signature: Signature?) -> KeyRecord {
        KeyRecord(
            key: key,
            value: value,
            createRevision: createRevision,
            modRevision: modRevision,
            version: version,
            lease: lease == 0 ? nil : LeaseID(rawValue: lease),
            provenance: Provenance(created: created, modified: modified, signature: signature)
        )
    }

    /// The item that the version is in the state's hash.
    func stateItem(key: [UInt8], value: Span<UInt8>, note: Span<UInt8>) -> StableHash {
        var hash = StableHash(seed: StoreHashSeed.version)
        hash.combine(key.span)
        hash.combine(value)
        hash.combine(createRevision.rawValue)
        hash.combine(modRevision.rawValue)
        hash.combine(version)
        hash.combine(lease)
        guard hasProvenance else { return hash }
        hash.combine(created.rawValue)
        hash.combine(modified.rawValue)
        hash.combine(UInt64(author.rawValue))
        hash.combine(note)
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
        created = .unknown
        modified = .unknown
        author = .nobody
        valueByteCount = 0
        noteByteCount = 0
    }
}

// How a version is written, in the archive and in snapshots: its modification revision and version;
// unless it is a deletion, then its create revision, lease, times of creation and modification,
// author, the lengths of note and value, the note, the value. The second format of snapshots had
// neither times nor author nor note.

extension [UInt8] {
    mutating func append(_ version: Version) {
        let head = version.head
        let byteCount = head.noteByteCount + head.valueByteCount
        append(addingCapacity: VersionHead.byteCountMax + byteCount) { output in
            output.append(varint: head.modRevision.rawValue)
            output.append(varint: head.version)
            guard head.isLive else { return }
            output.append(varint: head.createRevision.rawValue)
            output.append(varint: head.lease)
            output.append(varint: head.created.rawValue)
            output.append(varint: head.modified.rawValue)
            output.append(varint: UInt64(head.author.rawValue))
            output.append(varint: UInt64(head.noteByteCount))
            output.append(varint: UInt64(head.valueByteCount))
        }
        append(contentsOf: version.note)
        append(contentsOf: version.value)
    }
}

extension ByteReader {
    /// Reads a version; the reader then stands after it.
    mutating func readVersion(_ format: SnapshotFormat) throws(DecodingError) -> Version {
        let head = try readVersionHead(format)
        let note = try readBytes(count: head.noteByteCount)
        return Version(head, value: try readBytes(count: head.valueByteCount), note: note)
    }

    /// Reads a version up to its note and its value, which lie within what is left.
    mutating func readVersionHead(
        _ format: SnapshotFormat = .fourth
    ) throws(DecodingError) -> VersionHead {
        let start = position
        var head = VersionHead(deletionAt: Revision(rawValue: try readNumber()))
        guard !head.isBlank else { throw .invalidValue(at: start) }
        head.version = try readNumber()
        guard head.isLive else { return head }
        head.createRevision = try readRevision(through: head.modRevision)
        head.lease = try readVarint()
        if format >= .third { try readProvenance(into: &head) }
        head.valueByteCount = try readCount()
        guard head.noteByteCount <= remaining - head.valueByteCount else {
            throw .invalidValue(at: start)
        }
        return head
    }

    private mutating func readProvenance(into head: inout VersionHead) throws(DecodingError) {
        head.created = WallTime(rawValue: try readNumber())
        head.modified = WallTime(rawValue: try readNumber())
        let start = position
        guard let author = UInt32(exactly: try readVarint()) else {
            throw .invalidValue(at: start)
        }
        head.author = AuthorID(rawValue: author)
        let noteByteCount = try readVarint()
        guard noteByteCount <= UInt64(Request.noteByteCountMax) else {
            throw .invalidValue(at: start)
        }
        head.noteByteCount = Int(noteByteCount)
    }
}
