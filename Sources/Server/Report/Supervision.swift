internal import Bytes
internal import Platform

/// What the service manager is told of the member, where one wants to know: that it is ready, what
/// an operator is told, that it lives, and that it ends.
///
/// Signs of life come from the thread that decides, at half the time that the manager waits: one
/// that hangs is ended and started again.
struct Supervision {
    /// After so long the manager is told again what it had no room for.
    private static let againMilliseconds: UInt64 = 100

    private static let ready = "READY=1"

    private let supervisor: Supervisor?
    private let intervalNanoseconds: UInt64?
    /// What it had no room for, the newest alone; that the member is ready as well, until it is taken.
    private var owed: [String] = []
    private var lifeSignAt: MonotonicTime?
    private var againAt: MonotonicTime?

    init(_ supervisor: Supervisor?, startedAt: MonotonicTime) {
        self.supervisor = supervisor
        intervalNanoseconds = supervisor?.patienceMicroseconds.map { patience in
            let (nanoseconds, overflowed) = patience.multipliedReportingOverflow(by: 500)
            return overflowed ? .max : nanoseconds
        }
        if intervalNanoseconds != nil { lifeSignAt = startedAt }
    }

    /// When `renew` has something to do; nil while it has not.
    var deadline: MonotonicTime? {
        guard let againAt else { return lifeSignAt }
        return lifeSignAt.map { min($0, againAt) } ?? againAt
    }

    /// Gives a sign of life when it is time for one, and tells again what was not taken.
    mutating func renew(now: MonotonicTime) {
        guard let deadline, deadline <= now else { return }
        if let againAt, againAt <= now { tell(owed, now: now) }
        guard let lifeSignAt, let intervalNanoseconds, lifeSignAt <= now else { return }
        self.lifeSignAt = now.advanced(byNanoseconds: intervalNanoseconds)
        _ = supervisor?.tell(["WATCHDOG=1"])
    }

    /// Passes on what an operator was told. The first that is ready ends the start of the service.
    mutating func pass(on line: String, standing: Bulletin.Standing, now: MonotonicTime) {
        tell((standing == .ready ? [Self.ready] : []) + ["STATUS=\(line)"], now: now)
    }

    /// Says that the member was told to end.
    mutating func end(now: MonotonicTime) { tell(["STOPPING=1", "STATUS=stopping"], now: now) }

    private mutating func tell(_ assignments: [String], now: MonotonicTime) {
        guard let supervisor else { return }
        let isReadyOwed = owed.contains(Self.ready) && !assignments.contains(Self.ready)
        let assignments = (isReadyOwed ? [Self.ready] : []) + assignments
        let isBusy = supervisor.tell(assignments) == .busy
        owed = isBusy ? assignments : []
        againAt = isBusy ? now.advanced(byMilliseconds: Self.againMilliseconds) : nil
    }
}
