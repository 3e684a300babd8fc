/// A key's versions until compaction. Most keys have one.
struct Record: Sendable {
    /// The newest; a deletion until compaction forgets the key.
    var current: Version
    /// Those before, oldest first.
    var older = Chronicle<PastVersion>()

    /// A version that is no longer in force.
    struct PastVersion: Dated, Sendable {
        let since: Revision
        let place: VersionArchive.Place
    }

    /// A key that never was.
    static let absent = Record(current: .deletion(at: .zero))

    /// Whether no version was ever written.
    var isBlank: Bool { current.modRevision == .zero }

    /// The version in force at `revision`; nil when there was none yet.
    ///
    /// - Complexity: O(log versions + value)
    func version(at revision: Revision, _ archive: VersionArchive) -> Version? {
        guard current.modRevision > revision else { return current }
        return older.last(notAfter: revision).map { archive.version(at: $0.place) }
    }

    /// Whether there was a value at `revision`.
    ///
    /// - Complexity: O(log versions)
    func isLive(at revision: Revision, _ archive: VersionArchive) -> Bool {
        guard current.modRevision > revision else { return current.isLive }
        return older.last(notAfter: revision).map { archive.isLive(at: $0.place) } ?? false
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
    /// - Complexity: O(log versions + occurrence + values)
    func change(
        at revision: Revision,
        occurrence: UInt32,
        _ archive: VersionArchive
    ) -> (written: Version, before: Version?)? {
        var position = older.position(notBefore: revision)
        for _ in 0..<occurrence where position != older.end {
            position = older.position(after: position)
        }
        let isOlder = position != older.end
        guard (isOlder ? older[position].since : current.modRevision) == revision else {
            return nil
        }
        let written = isOlder ? archive.version(at: older[position].place) : current
        let before = older.position(before: position).map { archive.version(at: older[$0].place) }
        return (written, before)
    }

    /// Makes `version` the newest; the one before goes into the archive.
    mutating func advance(to version: Version, _ archive: inout VersionArchive) {
        if !isBlank {
            let place = archive.append(current)
            older.append(PastVersion(since: current.modRevision, place: place))
        }
        current = version
    }
}
