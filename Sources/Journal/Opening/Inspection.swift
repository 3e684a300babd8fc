internal import Consensus

/// What an opening would find in a sound data directory, in plain values for people who inspect
/// it.
package struct Inspection: Hashable, Sendable {
    /// A byte of a file.
    package struct Place: Hashable, Sendable {
        package let file: DiskFile
        package let offset: Int
    }

    /// The index of the first entry that the disk still holds, or would hold next.
    package let firstIndex: UInt64
    /// One less than `firstIndex` when the log holds no entries.
    package let lastIndex: UInt64
    package let lastTerm: UInt64
    /// The newest snapshot that can be used.
    package let snapshot: DiskFile?
    /// The index of the last entry that the snapshot covers; zero without a snapshot.
    package let snapshotIndex: UInt64
    /// Where an end that was never acknowledged would be cut off.
    package let cut: Place?
    /// Snapshots that would be passed over.
    package let rejected: [Damage]

    /// Looks at everything that an opening looks at, and changes nothing.
    ///
    /// - Throws: `.damaged` also where an opening would give the log up and be filled by peers.
    /// - Complexity: O(*n*) in the directory's bytes, in bounded memory.
    package init(of reader: some DiskReader) throws(JournalError) {
        let opening = Journal.Opening(
            name: [],
            freshMember: MemberID(rawValue: 0),
            bootNonce: 0
        )
        let recovery = try Journal.open(reader, opening: opening).recovery
        if let damage = recovery.damage { throw .damaged(damage) }
        let log = recovery.log
        firstIndex = log.base.index.rawValue + 1
        lastIndex = log.last.index.rawValue
        lastTerm = log.last.term.rawValue
        snapshot = recovery.snapshot.map { .snapshot($0.id) }
        snapshotIndex = log.snapshot.index.rawValue
        cut = recovery.cut.map { Place(file: .segment($0.segment), offset: $0.offset) }
        rejected = recovery.rejected
    }
}
