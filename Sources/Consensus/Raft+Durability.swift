internal import Bytes

/// What the disk and the state machine report.
extension Raft {
    mutating func hardStatePersisted(_ state: HardState) {
        let wasSettled = isHardStateDurable
        durability.persisted(state, current: hardState)
        outbox.release(durability)
        measurePace()
        // What was asked or promised leaves only now, so the wait for what comes of it begins now.
        if !wasSettled, isHardStateDurable, leader == nil { drawVoteDeadline() }
        countOwnVote()
    }

    /// Whether the term and the vote of now are durable.
    var isHardStateDurable: Bool { durability.covers(hardState) }

    /// A write may be done: term and vote of now, and the entries that were handed out with them.
    private mutating func measurePace() {
        if isHardStateDurable { pace.reached(durability.index, now: now) }
    }

    /// A report of what the log no longer holds says nothing.
    mutating func entriesPersisted(through last: EntryID) {
        if planted(.lateDiskReport), let term = log.term(at: last.index), term != last.term {
            return entriesPersisted(through: EntryID(term: term, index: last.index))
        }
        guard log.contains(last) else { return }
        durability.persisted(last)
        measurePace()
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
