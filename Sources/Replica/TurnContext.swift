internal import Bytes
internal import Keyspace

/// What everything that happens in one turn works with: the time, the links to the peers, and what
/// the turn owes the world.
struct TurnContext: Sendable {
    /// The time of the input at hand, or of the end of the turn.
    var now = MonotonicTime(rawValue: 0)
    var links = Links()
    var effects = Effects()
    /// The host's wall clock as it was read last; nil before the first reading.
    var wallClock: WallClockReading?
    /// Whether the shell wants to hear of each change of a key.
    var audience = Store.Audience.somebody

    /// A later time; a clock that goes back stands still here, as it does in consensus.
    mutating func advance(to time: MonotonicTime) { now = max(now, time) }
}
