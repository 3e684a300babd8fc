internal import Bytes

/// How fast consensus moves; the same on every member of a cluster.
package struct Timing: Hashable, Sendable {
    /// Between heartbeats where nothing else is asked for.
    package static let heartbeatMillisecondsDefault: UInt64 = 50
    /// The lower bound of the election timeout where nothing else is asked for.
    package static let electionTimeoutMillisecondsDefault: UInt64 = 300

    /// How often a leader lets its followers hear of it.
    package let heartbeatMilliseconds: UInt64
    /// The lower bound of the election timeout, which is drawn anew each time from this up to its
    /// double. It is also the window in which votes are refused, the time in which a leader must
    /// hear a quorum, and the most that one reading may add to the cluster clock.
    package let electionTimeoutMilliseconds: UInt64

    /// - Precondition: 0 < heartbeat < election timeout <= one hour; the configuration checks it.
    package init(
        heartbeatMilliseconds: UInt64 = heartbeatMillisecondsDefault,
        electionTimeoutMilliseconds: UInt64 = electionTimeoutMillisecondsDefault
    ) {
        invariant(
            heartbeatMilliseconds > 0 && heartbeatMilliseconds < electionTimeoutMilliseconds
                && electionTimeoutMilliseconds <= 3_600_000,
            "heartbeat \(heartbeatMilliseconds) ms, election \(electionTimeoutMilliseconds) ms"
        )
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.electionTimeoutMilliseconds = electionTimeoutMilliseconds
    }

    /// The heartbeat interval in nanoseconds.
    package var heartbeatNanoseconds: UInt64 { heartbeatMilliseconds * 1_000_000 }

    /// The lower bound of the election timeout in nanoseconds.
    package var electionTimeoutNanoseconds: UInt64 { electionTimeoutMilliseconds * 1_000_000 }
}

/// What bounds the memory of one member's consensus.
package struct Limits: Hashable, Sendable {
    /// Entries of this many bytes stay in memory although they are durable and applied, for
    /// followers that lag a little.
    package var windowByteCountMax = 16 << 20
    /// While more than this is neither durable nor applied here, proposals are refused.
    package var unsettledByteCountMax = 64 << 20
    /// The payload bytes of one append message; a single larger entry travels alone.
    package var appendByteCountMax = 1 << 20
    /// The entries of one append message.
    package var appendEntryCountMax = 4_096
    /// Bytes on their way to one peer and not yet acknowledged.
    package var inFlightByteCountMax = 16 << 20
    /// Append messages on their way to one peer and not yet acknowledged.
    package var inFlightMessageCountMax = 256
    /// Reads that wait for an index; more are refused.
    package var waitingReadCountMax = 1 << 17

    package init() {}
}
