package import Consensus
package import Keyspace

/// What a member saw of its own working, for the shell to count and to tell: nothing depends on it.
package enum Observation: Hashable, Sendable {
    /// Writes that this leader proposed together were applied here.
    case writes(WriteTimes)
    /// A write that another member's client asked for under a trace was applied here.
    case tracedWrite(TracedWrite)
    /// Reads that shared a round are answered.
    case reads(ReadTimes)
    /// A peer answered a ping.
    case roundTrip(MemberID, nanoseconds: UInt64)
    /// What a peer's answer to a ping says of its wall clock.
    case clockOffset(MemberID, ClockOffset)
    /// What this member is, or whom it follows, is no more what it was.
    case leadership(Raft.LeadershipChange)
    /// Another membership is in force, committed or not.
    case membership(Membership)
    case snapshot(SnapshotTimes)
    /// A lock or an election changed hands.
    case contest(ContestSpan)
}

/// How long writes that were proposed together took, in nanoseconds.
package struct WriteTimes: Hashable, Sendable {
    /// How many there were.
    package var count: UInt64
    /// From when the first came here, or to a follower's message, to the proposal: while no leader
    /// is known, mostly.
    package var queue: UInt64 = 0
    /// From the proposal until the log's disk took them: it does one batch at a time.
    package var append: UInt64 = 0
    /// From there until they were durable here: a write and an `fdatasync`.
    package var fdatasync: UInt64 = 0
    /// From the proposal until so many followers held them that, with this member, a majority does.
    package var replicate: UInt64 = 0
    /// From the proposal until they were committed.
    package var commit: UInt64 = 0
    /// From there until the turn that applied the last of them.
    package var apply: UInt64 = 0

    package init(count: UInt64) { self.count = count }
}

/// How long a write took at the leader that another member's client asked for under a trace.
package struct TracedWrite: Hashable, Sendable {
    /// The member that sent it.
    package let sender: MemberID
    /// As that member sent it: it may be no sound `traceparent`.
    package let trace: [UInt8]
    /// From its arrival here until the turn that applied it.
    package let nanoseconds: UInt64
}

/// How long reads that shared a round took, in nanoseconds.
package struct ReadTimes: Hashable, Sendable {
    package let count: UInt64
    /// Until a majority had confirmed the leader, and the index was known.
    package let confirm: UInt64
    /// From there until this member had applied it.
    package let apply: UInt64

    package init(count: UInt64, confirm: UInt64, apply: UInt64) {
        self.count = count
        self.confirm = confirm
        self.apply = apply
    }
}

/// How long a snapshot took, in nanoseconds, and how long it is.
package struct SnapshotTimes: Hashable, Sendable {
    /// Between which places it went.
    package enum Way: UInt8, CaseIterable, Hashable, Sendable {
        /// Drawn from the store and made durable.
        case written = 0
        /// Read for a peer, part by part, as that one took it.
        case sent = 1
        /// Received from the leader until it was in place.
        case received = 2
    }

    package let way: Way
    package let nanoseconds: UInt64
    package let byteCount: UInt64

    package init(_ way: Way, nanoseconds: UInt64, byteCount: UInt64) {
        self.way = way
        self.nanoseconds = nanoseconds
        self.byteCount = byteCount
    }
}
