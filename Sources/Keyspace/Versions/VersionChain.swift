internal import Bytes

/// A key's versions that are no longer in force: where the newest is in the archive, in which each
/// leads to the one before it; and, so that no search goes far, the place of every sixteenth.
///
/// A write adds to it within the record, without a look at memory elsewhere but for those.
struct VersionChain: Sendable {
    /// A skip pointer leads to one version of this many.
    private static let skipDistance: UInt8 = 16

    private struct SkipPointer: PastNumber {
        let revision: Revision
        let place: VersionLog.Place

        var number: UInt64 { place.rawValue }

        /// There is one of sixteen versions, and each search needs one.
        static var isPacked: Bool { false }

        init(revision: Revision, number: UInt64) {
            self.init(revision: revision, place: VersionLog.Place(rawValue: number))
        }

        init(revision: Revision, place: VersionLog.Place) {
            self.revision = revision
            self.place = place
        }
    }

    private var newest = VersionLog.Place.none
    /// Oldest first.
    private var skipPointers = RevisionHistory<SkipPointer>()

    init() {}

    /// How many skip pointers there are.
    ///
    /// - Complexity: O(skip pointers)
    var skipPointerCount: Int { skipPointers.reduce(0) { count, _ in count + 1 } }

    /// Whether there is none, or all of them are forgotten.
    func isEmpty(_ archive: VersionLog) -> Bool { archive.isForgotten(newest) }

    /// Adds the version that was in force until now.
    mutating func append(_ version: Version, archive: inout VersionLog) {
        let distance = newest.step + 1
        let isSkipTarget = distance == Self.skipDistance
        var place = archive.append(version, behind: newest, isSkipTarget: isSkipTarget)
        if isSkipTarget {
            skipPointers.append(SkipPointer(revision: version.modRevision, place: place))
        } else {
            place.step = distance
        }
        newest = place
    }

    /// The archive forgot the version that the oldest skip pointer leads to.
    mutating func removeFirstSkipPointer() {
        let first = skipPointers.removeFirst()
        invariant(first != nil, "the archive forgot a skip pointer that no key has")
    }

    /// The last one that began at `revision` or before.
    ///
    /// - Complexity: O(log versions)
    func last(notAfter revision: Revision, archive: VersionLog) -> VersionLog.Place? {
        walk(from: revision, archive: archive).first { $0.head.modRevision <= revision }?.place
    }

    /// Those that began at `revision`, newest first, and the one before them.
    ///
    /// - Complexity: O(log versions + found)
    func those(
        at revision: Revision,
        archive: VersionLog
    ) -> (found: [VersionLog.Place], before: VersionLog.Place?) {
        var found: [VersionLog.Place] = []
        for (place, head) in walk(from: revision, archive: archive) {
            if head.modRevision < revision { return (found, place) }
            if head.modRevision == revision { found.append(place) }
        }
        return (found, nil)
    }

    /// Leads back from the nearest one known that began after `revision`, or from the newest.
    private func walk(from revision: Revision, archive: VersionLog) -> ArchiveWalk {
        let later = skipPointers.first(notBefore: revision.next)
        return ArchiveWalk(archive, from: later?.place ?? newest)
    }

    /// All that are not forgotten, newest first.
    func all(_ archive: VersionLog) -> ArchiveWalk { ArchiveWalk(archive, from: newest) }
}

/// Goes from a version to those before it of the same key, as far as they are not forgotten.
struct ArchiveWalk: Sequence, IteratorProtocol {
    private let archive: VersionLog
    private var place: VersionLog.Place

    init(_ archive: VersionLog, from place: VersionLog.Place) {
        self.archive = archive
        self.place = place
    }

    mutating func next() -> (place: VersionLog.Place, head: VersionHead)? {
        guard !archive.isForgotten(place) else { return nil }
        let block = archive.block(at: place)
        defer { place = block.before }
        return (place, block.head)
    }
}
