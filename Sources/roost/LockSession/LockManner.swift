internal import RoostClient

/// How `lock` and `elect` meet loss and sickness.
struct LockManner: Sendable {
    /// What becomes of CMD at a loss.
    var response = LossResponse.terminate
    /// What `/bin/sh` runs at a loss, where `response` is `tell`.
    var handler: String?
    /// What follows a loss.
    var sequel = LossSequel.leave
    /// What tells whether this side is well; nil where nobody asks.
    var health: HealthWatch.Plan?
}
