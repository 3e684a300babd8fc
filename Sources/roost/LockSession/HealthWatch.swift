internal import Bytes
internal import Platform
internal import RoostClient

/// Looks again and again, on a thread of its own, whether this side is well.
enum HealthWatch {
    /// What is looked at, and how often.
    struct Plan: Sendable {
        let check: InstanceCheck
        let intervalMilliseconds: UInt64
    }

    /// What one look found.
    enum Finding: Sendable {
        case well
        case sick(why: String)
    }

    /// Begins to look, and goes on for as long as the process lives.
    static func begin(_ plan: Plan, findings: Mailbox<Finding>) throws(SystemError) {
        _ = try Thread(named: "health") {
            while true {
                let begun = Clock.monotonicNow()
                findings.send(plan.check.fault().map { .sick(why: $0) } ?? .well)
                Pause.until(begun.advanced(byMilliseconds: plan.intervalMilliseconds))
            }
        }
    }
}
