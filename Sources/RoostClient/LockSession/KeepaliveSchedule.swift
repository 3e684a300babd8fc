/// When a lease's next keepalive is sent, and how long its answer is waited for.
///
/// Between two confirmed keepalives and the three quarters of the time to live at which CMD is
/// asked to end there is room for two unanswered ones, each on another endpoint: a leader that is
/// killed or stopped costs nothing.
package struct KeepaliveSchedule: Hashable, Sendable {
    /// A revoked lease or a lock released by force is noticed within this time, whatever the time
    /// to live.
    private static let intervalNanosecondsMax: UInt64 = 5_000_000_000
    private static let patienceNanosecondsMax: UInt64 = 2_000_000_000
    private static let pauseNanosecondsMax: UInt64 = 250_000_000

    /// From one sending to the next while all is well: a sixth of the time to live.
    package let intervalNanoseconds: UInt64
    /// How long one endpoint may take to answer: a quarter of the time to live.
    package let patienceNanoseconds: UInt64
    /// The rest after a failure, so that refused connections do not spin.
    package let pauseNanoseconds: UInt64

    package init(timeToLiveNanoseconds: UInt64) {
        intervalNanoseconds = min(timeToLiveNanoseconds / 6, Self.intervalNanosecondsMax)
        patienceNanoseconds = min(timeToLiveNanoseconds / 4, Self.patienceNanosecondsMax)
        pauseNanoseconds = min(timeToLiveNanoseconds / 50, Self.pauseNanosecondsMax)
    }

    /// When to send again after a keepalive that was sent at `sentAt` and confirmed.
    package func next(afterConfirmed sentAt: BootTime) -> BootTime {
        sentAt.advanced(byNanoseconds: intervalNanoseconds)
    }

    /// When to send again after one that failed at `now`.
    package func next(afterFailure now: BootTime) -> BootTime {
        now.advanced(byNanoseconds: pauseNanoseconds)
    }
}
