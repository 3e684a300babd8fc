/// Connections each of which always has the same number of requests under way.
struct ClosedLoop<D: Dialect> {
    /// When it ends.
    enum Extent {
        /// How long it measures, after a short time to warm up.
        case seconds(Double)
        /// Keys numbered from 0, each once.
        case keys(Int)
    }

    private static var warmUpNanoseconds: UInt64 { 500_000_000 }

    private let connections: [Connection<D>]
    private let depth: Int
    private let keyCount: Int
    private let step: Int
    private var poller = Poller()
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var arrivals: [Arrival] = []
    private var chance: UInt64 = 88_172_645_463_325_252
    private var nextKey = 0
    private var isOrdered = false
    private var latencies: [UInt32] = []
    private var countedFrom: UInt64 = 0
    private var end = UInt64.max
    private var failureCount = 0

    init(to endpoint: Endpoint, job: Job, connections: Int, depth: Int, keys: Int) throws(Failure) {
        self.depth = depth
        keyCount = keys
        step = job.request == .create ? job.batch : 1
        var opened: [Connection<D>] = []
        for tag in 0..<connections {
            let connection = try Connection<D>(to: endpoint, job: job)
            try poller.add(connection, tag: tag)
            opened.append(connection)
        }
        self.connections = opened
    }

    /// Carries it out.
    mutating func run(_ extent: Extent) throws(Failure) -> Figures {
        let begin = now()
        switch extent {
        case .seconds(let seconds):
            countedFrom = begin + Self.warmUpNanoseconds
            end = countedFrom + UInt64(seconds * 1e9)
        case .keys:
            isOrdered = true
            countedFrom = begin
        }
        while true {
            for tag in poller.wait(milliseconds: 100) { try serve(tag) }
            let time = now()
            if isOrdered {
                guard connections.contains(where: { $0.flightCount > 0 }) || nextKey < keyCount
                else { break }
            } else if time >= end {
                break
            }
            guard time < max(end == .max ? 0 : end, begin + 900_000_000_000) else {
                throw Failure("it took more than a quarter of an hour")
            }
        }
        let elapsed = min(now(), end) - countedFrom
        return Figures(latencies, step: step, failureCount: failureCount, nanoseconds: elapsed)
    }

    private mutating func serve(_ tag: Int) throws(Failure) {
        let connection = connections[tag]
        arrivals.removeAll(keepingCapacity: true)
        try connection.receive(&buffer, arrivals: &arrivals)
        let time = now()
        for case .answer(let number, let isSuccess) in arrivals {
            guard let sentAt = connection.answered(number) else { continue }
            guard isSuccess else {
                failureCount += 1
                continue
            }
            guard sentAt >= countedFrom, time <= end else { continue }
            latencies.append(UInt32(clamping: (time - sentAt) / 1000))
        }
        while connection.dialect.mayAsk, connection.flightCount < depth, let key = takeKey() {
            connection.ask(key, now: time)
        }
        try poller.flush(connection, tag: tag)
    }

    private mutating func takeKey() -> Int? {
        if isOrdered {
            guard nextKey < keyCount else { return nil }
            nextKey += step
            return nextKey - step
        }
        chance ^= chance << 13
        chance ^= chance >> 7
        chance ^= chance << 17
        return Int(chance % UInt64(keyCount))
    }
}

/// What came out.
struct Figures {
    let perSecond: Double
    let failureCount: Int
    /// In microseconds, sorted.
    private let latencies: [UInt32]

    /// - Parameter step: what each latency's request counts for.
    init(_ latencies: [UInt32], step: Int, failureCount: Int, nanoseconds: UInt64) {
        self.latencies = latencies.sorted()
        self.failureCount = failureCount
        perSecond = Double(latencies.count * step) * 1e9 / Double(max(nanoseconds, 1))
    }

    /// The latency in milliseconds that this part of the answers does not exceed.
    func milliseconds(at part: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let place = min(latencies.count - 1, Int(Double(latencies.count) * part))
        return Double(latencies[place]) / 1000
    }

    /// Rate, median, 99th percentile and failures, between tabs.
    var line: String {
        let times = [0.5, 0.99].map { "\(milliseconds(at: $0))" }.joined(separator: "\t")
        return "\(Int(perSecond.rounded()))\t\(times)\t\(failureCount)"
    }
}
