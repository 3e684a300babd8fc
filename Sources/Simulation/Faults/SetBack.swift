internal import Consensus

/// A member that goes on with less than it had acknowledged, until somebody has told it so or it
/// has everything again.
struct SetBack {
    /// Who leads, and has what the member acknowledged in mind, in that life.
    let knower: Int
    let life: Int
    /// What the member had acknowledged there.
    let acknowledged: LogIndex
}
