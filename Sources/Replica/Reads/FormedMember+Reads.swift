internal import Bytes
internal import Consensus

extension FormedMember {
    mutating func read(_ ticket: Ticket, into effects: inout Effects) {
        guard isServing else { return effects.replies.append(.unreadable(ticket)) }
        reads.wait(ticket)
    }

    /// Asks for an index, once for everything that waits. Consensus finds a leader for it and asks
    /// again where an answer is lost.
    mutating func beginReads(_ now: MonotonicTime) {
        guard let id = reads.beginRound(now) else { return }
        raft.step(.read(id), now: now)
    }

    /// Answers the reads that the store satisfies, and tells what they took.
    mutating func takeReadable(in context: inout TurnContext) {
        guard reads.hasConfirmed else { return }
        while let round = reads.takeReadable(at: machine.applied.index) {
            for ticket in round.tickets { context.effects.replies.append(.readable(ticket)) }
            let times = ReadTimes(
                count: UInt64(round.tickets.count),
                confirm: round.confirmedAt.nanoseconds(since: round.begunAt),
                apply: context.now.nanoseconds(since: round.confirmedAt)
            )
            context.effects.observations.append(.reads(times))
        }
    }

    /// Refuses everything that waits: the store may no longer be read.
    mutating func refuseReads(_ effects: inout Effects) {
        for ticket in reads.takeAll() { effects.replies.append(.unreadable(ticket)) }
    }
}
