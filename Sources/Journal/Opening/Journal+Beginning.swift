internal import Bytes
package import Consensus

extension Journal {
    /// The journal of an empty directory, for a member of a cluster that begins with a snapshot and
    /// not with an empty log.
    ///
    /// - Parameter term: the snapshot's.
    /// - Returns: beside the journal what is to be carried out first. `beginning(after:)` is next, and
    ///   `Identity.founding` last: until then the directory is no member's.
    package static func beginning(
        of identity: Identity,
        in term: Term,
        segmentByteCount: Int = segmentByteCountDefault
    ) -> (journal: Journal, operations: [DiskOperation]) {
        invariant(identity.cluster != .unformed, "a log before the cluster was formed")
        var hardState = StoredHardState(initialFor: identity.member)
        var bound = StoredBound(beforeSegment: 1, member: identity.member)
        var operations = hardState.creation()
        operations += hardState.write(HardState(term: term, votedFor: nil))
        operations += bound.creation() + [.syncDirectory]
        let journal = Journal(
            identity: identity,
            hardState: hardState,
            bound: bound,
            map: LogMap(base: .zero),
            resumption: .beginning(inSegment: 1),
            lastBatch: 0,
            snapshots: [],
            segmentByteCount: segmentByteCount
        )
        return (journal, operations)
    }

    /// A draft by `snapshotWriter`, carried out whole, gets its name, and the empty log begins after
    /// it; told by `Completed.snapshots`.
    package mutating func begin(after snapshot: SnapshotDescriptor) {
        invariant(map.last == .zero && isIdle, "a log that has entries begins once more")
        background.append(.publish(snapshot, .installed))
    }
}

extension Identity {
    /// What makes a directory a member's, in which everything else is durable.
    package var founding: [DiskOperation] { storing() }
}

extension LogTail.Resumption {
    /// Where an empty log begins, in a segment of a number never used before.
    static func beginning(inSegment segment: UInt64) -> LogTail.Resumption {
        LogTail.Resumption(
            end: .start,
            continuation: .inNextSegment(.beginning),
            capacity: 0,
            previousCRC: 0,
            nextBatch: LogTail.firstBatch(ofLogBeginningIn: segment),
            nextSegment: segment
        )
    }
}
