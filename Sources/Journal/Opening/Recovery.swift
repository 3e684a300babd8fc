package import Consensus

/// What was found in a data directory, and what is owed to it before anything runs.
package struct Recovery: Sendable {
    /// Whether the directory held an identity: where it does, missing files are damage.
    package enum Directory: Hashable, Sendable {
        /// There was nothing: the member has just drawn its identity.
        case fresh
        case existing
    }

    package let directory: Directory
    /// With this boot counted.
    package let identity: Identity
    package let hardState: HardState
    /// `.reseeding` when the log was damaged, now or at an earlier start, and is not whole again.
    package let logIntegrity: LogIntegrity
    /// Why the log and the snapshots were given up at this opening.
    package let damage: Damage?
    /// Snapshots that were rejected; an older one or a longer log is used instead.
    package let rejected: [Damage]
    /// Where an unacknowledged tail was cut off.
    package let cut: LogPosition?
    /// How long it was, without the zeroes that the file ends in.
    let cutByteCount: Int
    /// How many cells are damaged in the files that hold several.
    let damagedCellCounts: [DiskFile: Int]
    /// The newest snapshot that can be used; `SnapshotReader.read` gives its payloads.
    package let snapshot: SnapshotDescriptor?
    package let snapshotHeader: SnapshotHeader?
    package let log: RecoveredLog
    /// Operations to be carried out in order, and completely, before anything else.
    package let operations: [DiskOperation]
}

extension Journal {
    /// What an opening has to be told.
    package struct Opening: Sendable {
        /// This member's name, for a directory that has no identity yet.
        package var name: [UInt8]
        /// Drawn at random, for a directory that has no identity yet.
        package var freshMember: MemberID
        /// Drawn at random for this start.
        package var bootNonce: UInt64
        /// The length of new segments: enough for the longest record, at most 4 GiB.
        package var segmentByteCount = Journal.segmentByteCountDefault
        /// How much of the log's end `RecoveredLog.tail` keeps, in bytes of payload.
        package var tailByteCountMax = 16 << 20

        package init(name: [UInt8], freshMember: MemberID, bootNonce: UInt64) {
            self.name = name
            self.freshMember = freshMember
            self.bootNonce = bootNonce
        }
    }

    /// Opens a data directory: finds what was acknowledged, cuts off what never was, and tells
    /// damage from a torn end.
    ///
    /// What is invalid, short or missing before the durable bound is damage. A member with the
    /// backing of peers then gives its log and snapshots up and is `.reseeding`; one that may be
    /// the only voter that holds them throws, and every file stays as it is. At or after the bound
    /// the log is cut from the first bad record. Memory stays bounded whatever the log holds.
    ///
    /// - Throws: `.voteLost` when the hard state is lost beside an intact identity.
    package static func open(
        _ reader: some DiskReader,
        opening: Opening
    ) throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        try Opener(reader: reader, opening: opening).open()
    }
}
