internal import Bytes

/// What a key was from one revision on: a value, or nothing after a deletion.
///
/// ZooKeeper's data version is `version` - 1, its owner session is the lease.
package struct Version: Dated, Sendable {
    package var value: [UInt8]
    /// Zero after a deletion.
    package var createRevision: Revision
    package var modRevision: Revision
    /// How often the key was put since it was created; zero after a deletion.
    package var version: UInt64
    /// Zero is none.
    package var lease: UInt64

    var since: Revision { modRevision }

    var isLive: Bool { version > 0 }

    /// The end of a key at `revision`.
    static func deletion(at revision: Revision) -> Version {
        Version(value: [], createRevision: .zero, modRevision: revision, version: 0, lease: 0)
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

    /// The item that this version is in the state's hash.
    func stateItem(key: [UInt8]) -> StableHash {
        var hash = StableHash(seed: StoreHashSeed.version)
        hash.combine(key.span)
        hash.combine(value.span)
        hash.combine(createRevision.rawValue)
        hash.combine(modRevision.rawValue)
        hash.combine(version)
        hash.combine(lease)
        return hash
    }
}

/// A key's versions until compaction. Most keys have one.
struct Record: Sendable {
    /// The newest; a deletion until compaction forgets the key.
    var current: Version
    /// Those before, oldest first.
    var older = Chronicle<Version>()

    /// A key that never was.
    static let absent = Record(current: .deletion(at: .zero))

    /// Whether no version was ever written.
    var isBlank: Bool { current.modRevision == .zero }

    /// The version in force at `revision`; nil when there was none yet.
    ///
    /// - Complexity: O(log versions)
    func version(at revision: Revision) -> Version? {
        current.modRevision <= revision ? current : older.last(notAfter: revision)
    }

    /// How many versions began at `revision`.
    func versionCount(at revision: Revision) -> UInt32 {
        guard current.modRevision == revision else { return 0 }
        var count: UInt32 = 1
        var position = older.end
        while let before = older.position(before: position), older[before].since == revision {
            count += 1
            position = before
        }
        return count
    }

    /// The version that the key's change number `occurrence` of `revision` wrote, and the one
    /// before it.
    ///
    /// - Complexity: O(log versions + occurrence)
    func change(at revision: Revision, occurrence: UInt32) -> (written: Version, before: Version?)?
    {
        var position = older.position(notBefore: revision)
        for _ in 0..<occurrence where position != older.end {
            position = older.position(after: position)
        }
        let before = older.position(before: position).map { older[$0] }
        let written = position == older.end ? current : older[position]
        return written.modRevision == revision ? (written, before) : nil
    }

    /// Makes `version` the newest.
    mutating func advance(to version: Version) {
        if !isBlank { older.append(current) }
        current = version
    }
}
