internal import Bytes
internal import Consensus

/// Writes of this member's clients that are in some leader's log: answered when their entry is
/// applied here, or when another takes its index.
struct PendingProposals: Sendable {
    struct Pending: Sendable {
        let id: EntryID
        let ticket: Ticket
    }

    /// Who hears what once an entry is applied.
    struct Due: Sendable {
        var answered: Ticket?
        /// Their entries can never be committed any more.
        var displaced: [Ticket] = []
    }

    /// Ordered by index. After a change of leader two may have the same index.
    var queue = Queue<Pending>()

    var count: Int { queue.count }

    /// The entry that decides the next write; nil while none waits.
    var first: EntryID? { queue.first?.id }

    var brokenRule: ReplicaRule? {
        for offset in 1..<max(queue.count, 1)
        where queue[offset - 1].id.index > queue[offset].id.index {
            return .pendingInOrder
        }
        return nil
    }

    /// The ticket's command is the entry `id`. O(1) while indexes rise.
    mutating func expect(_ id: EntryID, for ticket: Ticket) {
        var offset = queue.count
        while offset > 0, queue[offset - 1].id.index > id.index { offset -= 1 }
        let pending = Pending(id: id, ticket: ticket)
        if offset == queue.count {
            queue.append(pending)
        } else {
            queue.insert(pending, at: offset)
        }
    }

    /// Whether the applied entry decides any.
    func isDecided(by id: EntryID) -> Bool { queue.first?.id.isDecided(by: id) ?? false }

    /// Removes everything that the applied entry decides. Amortised O(1).
    mutating func take(applied id: EntryID) -> Due {
        var due = Due()
        while let first = queue.first, first.id.isDecided(by: id) {
            _ = queue.popFirst()
            if planted(.displacedWriteAnswered), first.id.index == id.index {
                due.answered = first.ticket
                continue
            }
            if first.id == id {
                due.answered = first.ticket
            } else {
                due.displaced.append(first.ticket)
            }
        }
        return due
    }

    /// A snapshot took the place of everything through the index: whether those were applied can't
    /// be known.
    mutating func take(skippedThrough index: LogIndex) -> [Ticket] {
        var tickets: [Ticket] = []
        while let first = queue.first, first.id.index <= index {
            _ = queue.popFirst()
            tickets.append(first.ticket)
        }
        return tickets
    }

    /// Nobody waits for the ticket any more. Amortised O(1) for the oldest, which is who runs out
    /// of patience.
    mutating func forget(_ ticket: Ticket) -> Found {
        queue.remove { $0.ticket == ticket } == nil ? .absent : .found
    }

    enum Found: Hashable, Sendable { case found, absent }
}

extension EntryID {
    /// Whether it is known what becomes of this entry once `applied` is: something is committed at
    /// its index, or no log that holds `applied` can hold it, since terms never fall along a log
    /// (dissertation 3.5).
    fileprivate func isDecided(by applied: EntryID) -> Bool {
        if planted(.displacedWriteAnswered) { return index <= applied.index }
        return index <= applied.index || term < applied.term
    }
}
