internal import Journal

extension Repair {
    /// One line for an operator: what was found at the start, and what becomes of it.
    var message: String {
        switch self {
        case .logGivenUp(let damage):
            "the log is damaged: \(damage). It and the snapshots are given up, and the other members "
                + "fill this one again; until then it does not vote. Check its disk"
        case .tailCut(let file, let offset, 0):
            "\(file.name) ends at byte \(offset), shorter than it was made: nothing acknowledged is "
                + "missing, and the log goes on in the next segment"
        case .tailCut(let file, let offset, let byteCount):
            "\(file.name) is cut off at byte \(offset): the \(byteCount) bytes after it are a write "
                + "that a crash broke off, which was never acknowledged"
        case .snapshotRejected(let damage):
            "a snapshot is passed over and removed: \(damage). An older one, or the log, has what it "
                + "held. Check the disk"
        case .copiesDamaged(let file, let count, let whole):
            "\(count) of the \(whole) copies in \(file.name) are damaged; the others are used, and all "
                + "are written anew as it changes. Check the disk"
        }
    }
}
