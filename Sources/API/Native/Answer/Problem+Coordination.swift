internal import Keyspace

// Refusals of locks with terms, guards and counters.

extension Problem {
    /// Others share the lock, or wait to, and count on another number.
    static func permitsDiffer(_ contest: Contest, permitCount: UInt32) -> Problem {
        let shared = permitCount == 0 ? "by any number" : "by \(permitCount) at a time"
        return Problem(
            .permitsDiffer,
            "Others hold lock \(text(contest.name)) or wait for it, shared \(shared); ask for the same, or wait until it is free.",
            .permits(permitCount)
        )
    }

    /// What would be written is written only in the name of a lock.
    static func guarded(_ root: Key, lock: [UInt8]) -> Problem {
        Problem(
            .guarded,
            "What is at and below \(text(root.bytes)) is written only by who holds lock \(text(lock)); nothing was written. Send its token: Roost-Lock: NAME=TOKEN.",
            .at("path", text(root.bytes)),
            .at("lock", text(lock))
        )
    }

    /// A campaign's lease has ended, and the campaign with it.
    static func leaseEnded(_ contest: Contest) -> Problem {
        Problem(
            .leaseEnded,
            "The lease of the campaign in \(text(contest.name)) has ended, and the campaign with it: it does not lead, and never will. Campaign anew under another lease."
        )
    }

    static func noSuccessor(_ contest: Contest) -> Problem {
        Problem(
            .noSuccessor,
            "Nobody whose lease lives waits to lead \(text(contest.name)), or not under the lease that is named; the leader leads on."
        )
    }

    static func tooManyGuards(_ countMax: UInt64) -> Problem {
        Problem(
            .tooManyRequests,
            "The cluster has \(countMax) guards, and no more may be; remove one, or guard what is above several."
        )
    }

    static func counterOutOfRange(_ value: Int64) -> Problem {
        Problem(
            .counterOutOfRange,
            "The counter shows \(value), and would come to more than 2^53 - 1, or less than -(2^53 - 1); it stays as it is."
        )
    }
}
