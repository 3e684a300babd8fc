import Glibc

/// Kills a leader, and finds when the others accept a write again.
struct FirstWrite<D: Dialect> {
    private static var pauseNanoseconds: UInt64 { 5_000_000 }
    private static var patienceNanoseconds: UInt64 { 60_000_000_000 }

    private let survivors: [Endpoint]
    private let job: Job
    private var attempts: [Int: Connection<D>] = [:]
    private var attemptCount = 0
    private var poller = Poller()
    private var buffer = [UInt8](repeating: 0, count: 4096)

    init(_ survivors: [Endpoint], job: Job) {
        self.survivors = survivors
        self.job = job
    }

    /// Every few milliseconds a new connection to one of the others in turn tries a write.
    ///
    /// - Returns: milliseconds from the signal to the first success.
    mutating func run(killing process: pid_t) throws(Failure) -> Double {
        let begin = now()
        guard kill(process, SIGKILL) == 0 else { throw Failure("\(process): kill: \(errno)") }
        var nextAt = begin
        while true {
            let time = now()
            if time >= nextAt {
                nextAt += Self.pauseNanoseconds
                beginAttempt()
            }
            guard time < begin + Self.patienceNanoseconds else {
                throw Failure("no write was accepted within a minute")
            }
            for tag in poller.wait(milliseconds: 1) where isAccepted(tag) {
                return Double(now() - begin) / 1e6
            }
        }
    }

    private mutating func beginAttempt() {
        let endpoint = survivors[attemptCount % survivors.count]
        attemptCount += 1
        guard let connection = try? Connection<D>(to: endpoint, job: job),
            (try? poller.add(connection, tag: attemptCount)) != nil
        else { return }
        attempts[attemptCount] = connection
    }

    private mutating func isAccepted(_ tag: Int) -> Bool {
        guard let connection = attempts[tag] else { return false }
        do throws(Failure) {
            if connection.dialect.mayAsk, !connection.hasAsked { connection.ask(0, now: now()) }
            try poller.flush(connection, tag: tag)
            var arrivals: [Arrival] = []
            try connection.receive(&buffer, arrivals: &arrivals)
            if connection.dialect.mayAsk, !connection.hasAsked { connection.ask(0, now: now()) }
            try poller.flush(connection, tag: tag)
            for case .answer(_, isSuccess: true) in arrivals { return true }
            return false
        } catch {
            attempts[tag] = nil
            return false
        }
    }
}
