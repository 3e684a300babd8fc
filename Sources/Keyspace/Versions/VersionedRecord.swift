/// A key's versions until compaction. Most keys have one.
struct VersionedRecord: Weighed, Sendable {
    /// The newest; a deletion until compaction forgets the key.
    var current: Version
    /// Those before.
    var past = VersionChain()

    /// A key that never was.
    static let absent = VersionedRecord(current: .deletion(at: .zero))

    /// Whether no version was ever written.
    var isBlank: Bool { current.modRevision == .zero }

    /// A key that has a value counts, since its last put.
    var weight: TreeWeight { current.isLive ? TreeWeight(current.modRevision) : .none }

    /// The version in force at `revision`; nil when there was none yet.
    ///
    /// - Complexity: O(log versions + value)
    func version(at revision: Revision, archive: VersionLog) -> Version? {
        guard current.modRevision > revision else { return current }
        return past.last(notAfter: revision, archive: archive).map { archive.version(at: $0) }
    }

    /// Everything but the value and the note of the version in force at `revision`; nil when there
    /// was none yet.
    ///
    /// - Complexity: O(log versions)
    func head(at revision: Revision, archive: VersionLog) -> VersionHead? {
        guard current.modRevision > revision else { return current.head }
        return past.last(notAfter: revision, archive: archive).map { archive.block(at: $0).head }
    }

    /// Whether there was a value at `revision`.
    ///
    /// - Complexity: O(log versions)
    func isLive(at revision: Revision, archive: VersionLog) -> Bool {
        guard current.modRevision > revision else { return current.isLive }
        guard let place = past.last(notAfter: revision, archive: archive) else { return false }
        return archive.block(at: place).head.isLive
    }

    /// How many versions began at `revision`, which is the newest or later.
    func versionCount(at revision: Revision, archive: VersionLog) -> UInt32 {
        guard current.modRevision == revision else { return 0 }
        return 1 + UInt32(past.those(at: revision, archive: archive).found.count)
    }

    /// The version that the key's change number `occurrence` of `revision` wrote, and the one
    /// before it.
    ///
    /// - Complexity: O(log versions + changes of the revision + values)
    func change(
        at revision: Revision,
        occurrence: UInt32,
        archive: VersionLog
    ) -> (written: Version, before: Version?)? {
        let (found, earlier) = past.those(at: revision, archive: archive)
        var versions = found.map { archive.version(at: $0) }
        if current.modRevision == revision { versions.insert(current, at: 0) }
        guard occurrence < versions.count else { return nil }
        let written = versions.count - 1 - Int(occurrence)
        let before =
            written + 1 < versions.count
            ? versions[written + 1] : earlier.map { archive.version(at: $0) }
        return (versions[written], before)
    }

    /// Makes `version` the newest; the one before goes into the archive. Returns it.
    mutating func advance(to version: consuming Version, archive: inout VersionLog) -> Version {
        var earlier = version
        swap(&earlier, &current)
        if earlier.modRevision != .zero { past.append(earlier, archive: &archive) }
        return earlier
    }
}
