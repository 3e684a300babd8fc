internal import Bytes

/// What the disk and the state machine report.
extension Raft {
    mutating func hardStatePersisted(_ state: HardState) {
        durability.persisted(state, current: hardState)
        outbox.release(durability)
        countOwnVote()
    }

    /// A report of what the log no longer holds says nothing.
    mutating func entriesPersisted(through last: EntryID) {
        if planted(.lateDiskReport), let term = log.term(at: last.index), term != last.term {
            return entriesPersisted(through: EntryID(term: term, index: last.index))
        }
        guard log.contains(last) else { return }
        durability.persisted(last)
        if isLeader {
            advanceCommit()
        } else if min(verified, durability.index) > following?.toldMatch ?? .zero {
            oweAnswer()
        }
        completeRecoveryIfFull()
        releaseMemory()
    }

    mutating func applied(through index: LogIndex) {
        invariant(index <= commitIndex, "applied \(index) beyond commit \(commitIndex)")
        appliedIndex = max(appliedIndex, index)
        releaseMemory()
    }

    private mutating func releaseMemory() {
        log.evict(through: min(appliedIndex, durability.index), downTo: limits.windowByteCountMax)
    }
}
