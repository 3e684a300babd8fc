/// What can strike the simulated world; the raw value is its place in a tally.
package enum Fault: Int, CaseIterable, Hashable, Sendable {
    /// kill -9: what was written stays, what was under way is done in part.
    case crash = 0
    /// The machine of one member stops: of what was not synced any part is lost.
    case powerLoss
    /// All machines stop at once.
    case worldPowerLoss
    /// SIGSTOP, and later SIGCONT.
    case pause
    /// Nobody reaches the member, and it reaches nobody.
    case isolation
    /// What one member sends to another does not arrive; the other way works.
    case oneWayCut
    /// A connection is lost with everything on its way.
    case brokenConnection
    /// Stored bytes of a member's log change.
    case rot
    /// The disk stands still.
    case stall
}
