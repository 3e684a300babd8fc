internal import Bytes
internal import Consensus

/// Writes of other members' clients in this leader's log that belong to a trace, until they are
/// applied: what they took here is told under that name.
struct TracedWrites: Sendable {
    private struct Traced: Sendable {
        let index: LogIndex
        let sender: MemberID
        let trace: [UInt8]
        let came: MonotonicTime
    }

    /// By rising index, all of the leader's own term; as many at most as it has uncommitted.
    private var waiting = Queue<Traced>(keptCountMax: 16)

    var isEmpty: Bool { waiting.isEmpty }

    /// The writes are in the log, from `first` on.
    mutating func proposed(
        _ forward: Forward,
        from sender: MemberID,
        at first: LogIndex,
        now: MonotonicTime
    ) {
        for (offset, item) in forward.items.enumerated() where !item.trace.isEmpty {
            let index = LogIndex(rawValue: first.rawValue + UInt64(offset))
            waiting.append(Traced(index: index, sender: sender, trace: item.trace, came: now))
        }
    }

    /// What those took that are applied.
    mutating func settle(through applied: LogIndex, now: MonotonicTime) -> [Observation] {
        var told: [Observation] = []
        while let first = waiting.first, first.index <= applied {
            _ = waiting.popFirst()
            told.append(
                .tracedWrite(
                    TracedWrite(
                        sender: first.sender,
                        trace: first.trace,
                        nanoseconds: now.nanoseconds(since: first.came)
                    )
                )
            )
        }
        return told
    }

    /// Nobody knows here any more what becomes of them.
    mutating func removeAll() { waiting.removeAll() }
}
