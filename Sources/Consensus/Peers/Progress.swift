internal import Bytes

/// What a leader knows about one member and has on its way to it (etcd's progress states).
struct Progress: Sendable {
    /// How entries go to the member.
    enum Sending: Hashable, Sendable {
        /// Where the logs match is unknown: one message, then wait for its answer or a heartbeat.
        case probe(Probe)
        /// Entries go ahead of their answers, within `inFlight`'s bounds.
        case replicate(Source)
        /// The log here begins after what it needs.
        case snapshot(SnapshotTransfer)
    }

    enum Probe: Hashable, Sendable {
        case due
        case sent
        /// No answer for a whole heartbeat: asked again without entries, which may be many.
        case repeated
    }

    /// Where the next entries come from.
    enum Source: Hashable, Sendable {
        case memory
        /// Wanted from the disk and not there yet.
        case loading
    }

    let id: MemberID
    /// Durable there through here, said in this term and on this link.
    var match = LogIndex.zero
    /// The next entry to send; always after `match`.
    var next = LogIndex.zero.next
    var sending = Sending.probe(.due)
    var inFlight = InFlight()
    /// The last sign of life in this leader's term.
    var heardAt = MonotonicTime(rawValue: 0)
    /// The latest round that it answered.
    var round = ReadRound.zero
    /// The commit index that it was told last.
    var toldCommit = LogIndex.zero
    /// `match` at the last heartbeat: an unchanged one may mean a lost message.
    var matchAtHeartbeat = LogIndex.zero
    /// The newest link to it that we were told of.
    var linkGeneration: UInt64 = 0
    /// The highest `match` of our last leadership: unlike `match` it outlives links, and what was
    /// durable once has to be there in every later life of the member.
    var acknowledged = LogIndex.zero
    /// How long it takes to make durable what it is sent, way there and back included.
    var pace = WritePace()
    /// The latest term that the member has shown to have; it was durable there before it was said.
    var shownTerm = Term.zero

    init(id: MemberID) { self.id = id }

    /// Back to the start of a leadership, or of a link: nothing is known, nothing is on its way.
    mutating func reset(next: LogIndex) {
        match = .zero
        self.next = next
        sending = .probe(.due)
        inFlight = InFlight()
        pace.abandon()
        toldCommit = .zero
        matchAtHeartbeat = .zero
    }

    /// The member's log is durable through `match` and equals ours through `verified`.
    mutating func accept(match durable: LogIndex, verified: LogIndex, now: MonotonicTime) {
        match = max(match, durable)
        pace.reached(match, now: now)
        acknowledged = max(acknowledged, match)
        next = max(next, max(match, verified).next)
        inFlight.acknowledge(through: match)
        switch sending {
        case .probe: sending = .replicate(.memory)
        case .snapshot(let transfer) where match >= transfer.snapshot.index:
            sending = .replicate(.memory)
        case .replicate, .snapshot: break
        }
    }

    /// The member has no such entry: look further back.
    mutating func retreat(to next: LogIndex) {
        if planted(.nextNeverRetreats) { return sending = .probe(.sent) }
        self.next = max(next, match.next)
        sending = .probe(.due)
        inFlight = InFlight()
        pace.abandon()
    }

    /// A message with entries left.
    mutating func sent(through last: LogIndex, byteCount: Int) {
        assert(last >= next, "entries through \(last) go out again, \(next) is the next")
        next = last.next
        inFlight.add(last: last, byteCount: byteCount)
    }

    var flow: Raft.Flow {
        switch sending {
        case .probe: .probe
        case .replicate: .replicate
        case .snapshot: .snapshot
        }
    }

    var snapshot: SnapshotOffset? {
        guard case .snapshot(let transfer) = sending else { return nil }
        return SnapshotOffset(snapshot: transfer.snapshot, nextOffset: transfer.nextOffset)
    }
}

/// A snapshot on its way to a member: one chunk at a time.
struct SnapshotTransfer: Hashable, Sendable {
    let snapshot: EntryID
    var nextOffset: UInt64
    /// Without an answer by then the same chunk is sent again.
    var deadline: MonotonicTime
}

/// The append messages that a member has not acknowledged, oldest first.
struct InFlight: Sendable {
    private struct Sent: Sendable {
        let last: LogIndex
        let byteCount: Int
    }

    private var sent: [Sent] = []
    private var head = 0
    private(set) var byteCount = 0

    var count: Int { sent.count - head }

    func hasRoom(_ limits: Limits) -> Bool {
        count < limits.inFlightMessageCountMax && byteCount < limits.inFlightByteCountMax
    }

    /// Whether messages and bytes are within bounds, and in order before `next`; the last message
    /// may exceed the bytes.
    ///
    /// - Complexity: O(*n*) in the messages.
    func isBounded(_ limits: Limits, before next: LogIndex) -> Bool {
        let messages = sent[head...]
        let excess = max(limits.appendByteCountMax, Entry.payloadByteCountMax)
        return messages.count <= limits.inFlightMessageCountMax
            && byteCount <= limits.inFlightByteCountMax + excess
            && byteCount == messages.reduce(0) { $0 + $1.byteCount }
            && messages.last.map { $0.last < next } ?? true
            && zip(messages, messages.dropFirst()).allSatisfy { $0.last < $1.last }
    }

    mutating func add(last: LogIndex, byteCount: Int) {
        sent.append(Sent(last: last, byteCount: byteCount))
        self.byteCount += byteCount
    }

    /// - Complexity: O(1) amortised for each message acknowledged.
    mutating func acknowledge(through index: LogIndex) {
        while head < sent.count, sent[head].last <= index {
            byteCount -= sent[head].byteCount
            head += 1
        }
        assert(byteCount >= 0 && (byteCount == 0 || head < sent.count), "bytes in flight")
        if head == sent.count {
            sent.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= sent.count {
            sent.removeFirst(head)
            head = 0
        }
    }
}
