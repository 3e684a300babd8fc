internal import Consensus
internal import Journal

/// Verifies what is read of this member's snapshots while it goes out to peers: one that is damaged
/// would be sent, and refused, again and again.
struct SnapshotProofs: Sendable {
    private struct Proof: Sendable {
        let purpose: EntryLoads.Purpose
        let snapshot: EntryID
        var reader: SnapshotReader
    }

    private var proofs: [Proof] = []

    /// Whether each is of a snapshot for a receiver of its own.
    var areDistinct: Bool {
        proofs.indices.allSatisfy { place in
            switch proofs[place].purpose {
            case .apply, .peer: false
            case .snapshot, .repair:
                !proofs[..<place].contains { $0.purpose == proofs[place].purpose }
            }
        }
    }

    /// Whether a part may go out. One that does not follow on those before it can't be judged here:
    /// whoever receives it does.
    ///
    /// - Parameter purpose: for whom it was read.
    mutating func admits(
        _ part: SnapshotChunk,
        for purpose: EntryLoads.Purpose,
        in cluster: ClusterID
    ) -> Bool {
        let place = proofs.firstIndex { $0.purpose == purpose }
        var proof: Proof
        if part.offset == 0 {
            let file = DiskFile.snapshot(part.snapshot)
            let reader = SnapshotReader(file, id: part.snapshot, cluster: cluster)
            proof = Proof(purpose: purpose, snapshot: part.snapshot, reader: reader)
            if let place { proofs.remove(at: place) }
        } else {
            guard let place else { return true }
            proof = proofs.remove(at: place)
            guard proof.snapshot == part.snapshot,
                UInt64(proof.reader.byteCount) == part.offset
            else { return true }
        }
        do { _ = try proof.reader.feed(part.bytes) } catch { return false }
        if UInt64(proof.reader.byteCount) < part.totalByteCount {
            proofs.append(proof)
            return true
        }
        return proof.reader.isComplete
    }
}
