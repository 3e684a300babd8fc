internal import Bytes
internal import Platform

/// Many seeds, each in a process of its own, a few at a time.
struct Swarm: ~Copyable {
    private var poller: Poller
    private var running: [UInt64: SeedProcess] = [:]
    private var waiting: ClosedRange<UInt64>?
    private let jobCount: Int
    /// The arguments that each process is given.
    private let arguments: [String]

    /// Nothing runs yet. `jobCount` is at least 1.
    init(
        seeds: ClosedRange<UInt64>,
        jobCount: Int,
        arguments: [String]
    ) throws(SystemError) {
        poller = try Poller()
        waiting = seeds
        self.jobCount = jobCount
        self.arguments = arguments
    }

    deinit { for process in running.values { process.abandon() } }

    /// Whether no seed is left.
    var isDone: Bool { waiting == nil && running.isEmpty }

    /// Keeps as many processes running as it may, and waits until one of them says something; gives
    /// the reports of those that ended.
    mutating func next() throws(SystemError) -> [SeedReport] {
        while running.count < jobCount, let seed = takeSeed() {
            let process = try SeedProcess(seed: seed, arguments: arguments)
            try process.join(poller, token: seed)
            running[seed] = process
        }
        var events: [Poller.Event] = []
        try poller.wait(until: nil, into: &events)
        var reports: [SeedReport] = []
        for event in events {
            guard let report = try running[event.token]?.advance() else { continue }
            running[event.token] = nil
            reports.append(report)
        }
        return reports
    }

    private mutating func takeSeed() -> UInt64? {
        guard let seeds = waiting else { return nil }
        let first = seeds.lowerBound
        waiting = first < seeds.upperBound ? (first + 1)...seeds.upperBound : nil
        return first
    }
}
