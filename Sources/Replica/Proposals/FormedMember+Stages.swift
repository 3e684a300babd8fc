internal import Bytes
internal import Consensus

extension FormedMember {
    /// Writes were appended to this leader's log together.
    mutating func note(
        _ proposed: AppendedRange,
        waitingSince: MonotonicTime,
        now: MonotonicTime
    ) {
        stages.proposed(
            proposed.indexes.upperBound.rawValue - proposed.indexes.lowerBound.rawValue + 1,
            through: proposed.indexes.upperBound,
            waitingSince: waitingSince,
            now: now
        )
    }

    /// Tells what those of this leader's writes took that are through.
    mutating func settleStages(in context: inout TurnContext) {
        guard !stages.isEmpty || !tracedWrites.isEmpty else { return }
        let marks = WriteStages.Marks(
            durable: raft.durableIndex,
            replicated: raft.replicatedIndex,
            committed: raft.commitIndex,
            applied: machine.applied.index
        )
        context.effects.observations += stages.settle(marks, now: context.now)
        context.effects.observations += tracedWrites.settle(
            through: machine.applied.index,
            now: context.now
        )
    }

    /// Tells that this member is another one now, or follows another.
    mutating func note(_ change: Raft.LeadershipChange, in context: inout TurnContext) {
        if change.role != .leader {
            stages.removeAll()
            tracedWrites.removeAll()
        }
        context.effects.observations.append(.leadership(change))
    }
}
