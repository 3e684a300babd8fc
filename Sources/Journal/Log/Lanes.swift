internal import Bytes
internal import Consensus

/// What waits for the log's lane besides records, and what is under way on it.
struct LogLane: Sendable {
    /// What one batch makes durable.
    struct Submission: Sendable {
        let hardState: HardState?
        let identity: Identity?
        /// Nil when it holds no records.
        let end: Journal.DurableEnd?
    }

    var hardState: HardState?
    var identity: Identity?
    private var lastNumber: UInt64 = 0
    private var underWay: Submission?

    /// Whether nothing waits here and nothing is under way.
    var isIdle: Bool { hardState == nil && identity == nil && underWay == nil }

    /// Whether the next batch may leave.
    var isFree: Bool { underWay == nil }

    /// Where the log ends once the batch under way is durable; nil when it holds no records.
    var submittedEnd: Journal.DurableEnd? { underWay?.end }

    mutating func submit(_ submission: Submission, operations: [DiskOperation]) -> DiskBatch {
        invariant(underWay == nil, "two batches of the log under way")
        lastNumber += 1
        underWay = submission
        return DiskBatch(number: lastNumber, lane: .log, operations: operations)
    }

    mutating func complete(_ number: UInt64) -> Submission {
        guard let submission = underWay, number == lastNumber else {
            unreachable("log batch \(number) completed, \(lastNumber) under way")
        }
        underWay = nil
        return submission
    }
}

/// What waits for the background lane: one thing at a time.
struct BackgroundLane: Sendable {
    enum Job: Sendable {
        /// Create a segment with all its blocks written.
        case prepare(UInt64)
        case load(EntryLoading)
        case loadSnapshot(LoadID, SnapshotDescriptor, offset: Int, byteCount: Int)
        /// Write a part of a snapshot that is being received.
        case receive([DiskOperation], SnapshotOffset)
        /// Give a durable draft its final name.
        case publish(SnapshotDescriptor, SnapshotPublished.Origin)
        /// Remove files that nothing needs any more.
        case retire([DiskFile])
        /// Make `bound` durable.
        case settle(DiskOperation)
    }

    private var waiting: [Job] = []
    private var lastNumber: UInt64 = 0
    private var underWay: Job?

    /// Whether nothing waits and nothing is under way.
    var isIdle: Bool { waiting.isEmpty && underWay == nil }

    mutating func append(_ job: Job) { waiting.append(job) }

    /// Adds a job before everything that waits.
    mutating func prepend(_ job: Job) { waiting.insert(job, at: 0) }

    /// Whether that segment is being prepared, or waits to be.
    func isPreparing(_ segment: UInt64) -> Bool { preparations.contains(segment) }

    /// Whether that part of the log, or of a snapshot, is being read or waits to be.
    func isLoading(_ id: LoadID) -> Bool {
        jobs.contains { job in
            switch job {
            case .load(let loading): loading.id == id
            case .loadSnapshot(let loading, _, _, _): loading == id
            case .prepare, .receive, .publish, .retire, .settle: false
            }
        }
    }

    /// What waits, and what is under way.
    private var jobs: [Job] { waiting + [underWay].compactMap { $0 } }

    /// The segments that are being prepared or wait to be.
    var preparations: [UInt64] {
        jobs.compactMap { job in
            if case .prepare(let number) = job { number } else { nil }
        }
    }

    /// The next batch, nil while one is under way or nothing waits.
    mutating func submit(operations: (Job) -> [DiskOperation]) -> DiskBatch? {
        guard underWay == nil, !waiting.isEmpty else { return nil }
        let job = waiting.removeFirst()
        lastNumber += 1
        underWay = job
        return DiskBatch(number: lastNumber, lane: .background, operations: operations(job))
    }

    mutating func complete(_ number: UInt64) -> Job {
        guard let job = underWay, number == lastNumber else {
            unreachable("background batch \(number) completed, \(lastNumber) under way")
        }
        underWay = nil
        return job
    }
}
