/// One write after the other, of which many watchers hear, a connection each.
struct FanOut<D: Dialect> {
    private static var patienceNanoseconds: UInt64 { 60_000_000_000 }

    private var watchers: [Connection<D>] = []
    private let writer: Connection<D>
    private var poller = Poller()
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var arrivals: [Arrival] = []
    private var answerCount = 0
    private var eventCount = 0
    private var latencies: [UInt32] = []
    private var sentAt: UInt64 = 0

    /// - Parameters:
    ///   - write: what the writer asks.
    ///   - watch: what each watcher asks once.
    init(to endpoint: Endpoint, write: Job, watch: Job, watchers count: Int) throws(Failure) {
        writer = try Connection<D>(to: endpoint, job: write)
        try poller.add(writer, tag: 0)
        for tag in 0..<count {
            let watcher = try Connection<D>(to: endpoint, job: watch)
            watchers.append(watcher)
            try poller.add(watcher, tag: tag + 1)
            // A listener's backlog holds few; those begun are served before more begin.
            while tag % 32 == 31, answerCount <= tag { try turn(from: now()) }
        }
        let begin = now()
        while answerCount < count { try turn(from: begin) }
    }

    /// Writes so often, half a second apart, each when all have heard of the one before.
    mutating func run(writes: Int) throws(Failure) -> Figures {
        for _ in 0..<writes {
            eventCount = 0
            sentAt = now()
            writer.ask(0, now: sentAt)
            try poller.flush(writer, tag: 0)
            let begin = sentAt
            while eventCount < watchers.count || writer.flightCount > 0 {
                try turn(from: begin)
            }
            while now() < begin + 500_000_000 { try turn(from: now()) }
        }
        return Figures(latencies, step: 1, failureCount: 0, nanoseconds: 0)
    }

    private mutating func turn(from begin: UInt64) throws(Failure) {
        guard now() < begin + Self.patienceNanoseconds else {
            throw Failure("not all watchers heard of it within a minute")
        }
        for tag in poller.wait(milliseconds: 10) {
            let connection = tag == 0 ? writer : watchers[tag - 1]
            arrivals.removeAll(keepingCapacity: true)
            try connection.receive(&buffer, arrivals: &arrivals)
            for arrival in arrivals {
                switch arrival {
                case .event:
                    eventCount += 1
                    latencies.append(UInt32(clamping: (now() - sentAt) / 1000))
                case .answer(let number, let isSuccess):
                    guard isSuccess else { throw Failure("a watcher was refused") }
                    guard connection.answered(number) != nil else { continue }
                    if tag > 0 { answerCount += 1 }
                }
            }
            if tag > 0, connection.dialect.mayAsk, !connection.hasAsked {
                connection.ask(0, now: now())
            }
            try poller.flush(connection, tag: tag)
        }
    }
}
