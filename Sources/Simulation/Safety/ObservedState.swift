internal import Consensus
internal import Replica

/// What one member showed of itself so far.
struct ObservedState {
    /// What it showed at its last turn in this life.
    var view: ConsensusView?
    /// Entries through here were compared, in this life.
    var comparedThrough: UInt64 = 0
    /// The latest term and vote that were durable, in any life.
    var hardState: HardState?
    /// The last entry that was durable, in any life.
    var durable: EntryID?
    /// The last entry of the log at the last turn, in this life.
    var last: EntryID?
    /// How many more times the disk is asked for what is called durable.
    var auditCount = 0
    /// Turns in a row of which nothing came although the next was due at once.
    var vainTurnCount = 0
}
