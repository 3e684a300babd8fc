/// What an opening puts right, for the operator to know of.
package enum Repair: Hashable, Sendable {
    /// The log and its snapshots are given up for this, and peers are to fill the member again.
    case logGivenUp(Damage)
    /// An end that was never acknowledged is cut off.
    ///
    /// - Parameter byteCount: from there to the zeroes that the file ends in; 0 of a file that is
    ///   only too short.
    case tailCut(DiskFile, offset: Int, byteCount: Int)
    /// A snapshot is passed over and removed; an older one, or the log, has what it held.
    case snapshotRejected(Damage)
    /// Some of the copies that a small file holds of itself are damaged; the others are used.
    case copiesDamaged(DiskFile, count: Int, of: Int)
}

extension Recovery {
    /// Everything that was put right, what weighs most first.
    package var repairs: [Repair] {
        var repairs: [Repair] = []
        if let damage { repairs.append(.logGivenUp(damage)) }
        if let cut {
            let file = DiskFile.segment(cut.segment)
            repairs.append(.tailCut(file, offset: cut.offset, byteCount: cutByteCount))
        }
        repairs += rejected.map { .snapshotRejected($0) }
        for file in [DiskFile.hardState, .bound] {
            guard let count = damagedCellCounts[file], count > 0 else { continue }
            repairs.append(.copiesDamaged(file, count: count, of: Slots.cellCount))
        }
        return repairs
    }
}
