internal import Consensus

/// What an opening would find in a data directory, in plain values for people who inspect it.
package struct Inspection: Hashable, Sendable {
    /// The index of the first entry that the disk still holds, or would hold next.
    package let firstIndex: UInt64
    /// One less than `firstIndex` when the log holds no entries.
    package let lastIndex: UInt64
    package let lastTerm: UInt64
    /// The newest snapshot that can be used.
    package let snapshot: DiskFile?
    /// The index of the last entry that the snapshot covers; zero without a snapshot.
    package let snapshotIndex: UInt64
    /// What an opening would put right; one that gives the log up is said to be damage.
    package let repairs: [Repair]
    /// Why an opening would give the log up and have the member filled by its peers; nil where it
    /// would not.
    package let damage: Damage?

    /// Looks at everything that an opening looks at, and changes nothing.
    ///
    /// - Throws: why an opening would refuse the directory.
    /// - Complexity: O(*n*) in the directory's bytes, in bounded memory.
    package init(of reader: some DiskReader) throws(JournalError) {
        let opening = Journal.Opening(
            name: [],
            freshMember: MemberID(rawValue: 0),
            bootNonce: 0
        )
        let recovery = try Journal.open(reader, opening: opening).recovery
        let log = recovery.log
        firstIndex = log.base.index.rawValue + 1
        lastIndex = log.last.index.rawValue
        lastTerm = log.last.term.rawValue
        snapshot = recovery.snapshot.map { .snapshot($0.id) }
        snapshotIndex = log.snapshot.index.rawValue
        damage = recovery.damage
        repairs = recovery.repairs.filter { repair in
            if case .logGivenUp = repair { false } else { true }
        }
    }
}
