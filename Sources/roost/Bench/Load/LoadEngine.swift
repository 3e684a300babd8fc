internal import Bytes
internal import Platform

/// Drives many connections from one thread: sends what is due, takes answers, measures.
///
/// In the steady state nothing is allocated: requests are copied from templates into outputs that
/// keep their memory, answers are looked at where they were received.
final class LoadEngine {
    /// The token of signals; connections have a number in the upper half.
    static let signalToken: UInt64 = 0
    /// Attempts to connect at a time: fewer than a listener's backlog holds.
    static let connectingMax = 256
    /// The pause before a connection that broke or was refused is tried again.
    static let pauseMilliseconds: UInt64 = 20
    /// While thousands are told of a write, this thread sleeps so long between its turns: to wake it
    /// for every event would cost the member on the same machine as much as to send them. An event
    /// may seem to come so much later.
    private static let restNanoseconds: UInt64 = 200_000
    /// With fewer watchers than this it does not sleep.
    private static let restingLaneCountMin = 1_000

    let options: BenchOptions
    let targets: [Target.Place]
    let patienceMilliseconds: UInt64
    let laneCount: Int
    var poller: Poller
    /// Waits for the time alone.
    private var rest: Poller
    var events: [Poller.Event] = []
    var signals: SignalSource?
    private var isInterrupted = false
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var now = Clock.monotonicNow()

    var connections: [LoadConnection?]
    /// Where each connection goes, or went last.
    var endpoints: [Int]
    /// Connections to be opened, and when.
    var closed: [(lane: Int, at: MonotonicTime)]
    var nextGeneration: UInt64 = 1
    var connectingCount = 0
    /// Those that are connected, watchers those that are also subscribed.
    var openCount = 0
    var lastFailure = "no connection in time"

    var workload: RequestSource
    var schedule: Schedule?
    /// Connections that may send.
    var ready: LaneQueue
    /// Connections that have something to send.
    var dirty: LaneQueue
    var flightCount = 0
    var lastAnswerAt: MonotonicTime
    var tallies = MeasuredOperation.allCases.map { _ in RequestCounts() }
    var fanOut = FanOut()
    var handOffs: HandOffs
    /// How long the last run took, its warm-up left out.
    private(set) var elapsedNanoseconds: UInt64 = 0
    /// How much of a processor this thread used in the last run, from 0 to 1.
    private(set) var processorShare = 0.0

    /// - Parameters:
    ///   - targets: the members; connections begin with those that `options` and `leader` say.
    ///   - patienceMilliseconds: how long answers are waited for when nothing is due any more.
    init(
        _ options: BenchOptions,
        targets: [Target.Place],
        leader: Int,
        patienceMilliseconds: UInt64
    ) throws(SystemError) {
        self.options = options
        self.targets = targets
        self.patienceMilliseconds = patienceMilliseconds
        laneCount = options.connectionCount + (options.work == .watch ? 1 : 0)
        poller = try Poller()
        rest = try Poller()
        connections = [LoadConnection?](repeating: nil, count: laneCount)
        let lanes = 0..<laneCount
        endpoints = lanes.map { lane in
            options.spread == .leader || options.work == .watch && lane == lanes.last
                ? leader : lane % targets.count
        }
        let now = now
        closed = lanes.reversed().map { ($0, now) }
        ready = LaneQueue(laneCount: laneCount)
        dirty = LaneQueue(laneCount: laneCount)
        workload = RequestSource(
            .work(options.work),
            options: options,
            authorities: targets.map(\.authority)
        )
        handOffs = HandOffs(lockCount: options.work == .lock ? options.keyCount : 0)
        lastAnswerAt = now
        // Else a wait for the time of a request ends up to 50 us late, which would be measured.
        try CurrentProcess.setTimerSlack(nanoseconds: 1)
    }

    /// Lets SIGINT and SIGTERM end the schedule instead of the process.
    func watchSignals() throws(SystemError) {
        let source = try SignalSource([.interrupt, .terminate])
        try poller.add(source, token: Self.signalToken, interest: .readable)
        signals = source
    }

    /// Opens every connection, and subscribes the watchers.
    func connect() throws(Failure) {
        let deadline = now.advanced(byMilliseconds: patienceMilliseconds)
        while openCount < laneCount {
            guard !isInterrupted else { throw .local("ended before it began") }
            guard now < deadline else {
                throw .local(
                    "only \(openCount) of \(laneCount) connections could be opened: \(lastFailure)"
                )
            }
            try attempt { () throws(SystemError) in try turn(until: deadline) }
        }
    }

    /// Carries out a task from beginning to end.
    ///
    /// - Parameter observe: is called at the end of every step of the timeline.
    func run(
        _ workload: RequestSource,
        schedule: Schedule,
        timeline: inout ThroughputSeries,
        observe: (ThroughputSeries) -> Void
    ) throws(Failure) {
        self.workload = workload
        self.schedule = schedule
        for lane in 0..<laneCount where isRequester(lane) { ready.append(lane) }
        let stepNanoseconds = timeline.stepNanoseconds
        var stepAt = schedule.countedFrom.advanced(byNanoseconds: stepNanoseconds)
        lastAnswerAt = schedule.begin
        now = Clock.monotonicNow()
        let usedBefore = Clock.threadNanoseconds()
        while true {
            issue()
            if isOver() { break }
            try attempt { () throws(SystemError) in try turn(until: deadline(stepAt)) }
            guard now >= stepAt else { continue }
            timeline.append(&tallies, now: now, begin: schedule.countedFrom)
            observe(timeline)
            while stepAt <= now { stepAt = stepAt.advanced(byNanoseconds: stepNanoseconds) }
        }
        abandon()
        timeline.append(&tallies, now: now, begin: schedule.countedFrom)
        conclude(usedBefore)
    }

    private func conclude(_ usedBefore: UInt64) {
        guard let schedule else { return }
        let end = schedule.isOpenEnded ? lastAnswerAt : max(lastAnswerAt, schedule.end)
        elapsedNanoseconds = min(end, now).nanoseconds(since: schedule.countedFrom)
        let used = Clock.threadNanoseconds() - usedBefore
        processorShare = Double(used) / Double(max(now.nanoseconds(since: schedule.begin), 1))
        self.schedule = nil
    }

    private func attempt(_ body: () throws(SystemError) -> Void) throws(Failure) {
        do throws(SystemError) { try body() } catch {
            throw .local("the load cannot go on: \(error)")
        }
    }

    /// Waits once, and deals with everything that happened.
    private func turn(until deadline: MonotonicTime) throws(SystemError) {
        try openMore()
        if fanOut.openCount > 0, laneCount >= Self.restingLaneCountMin {
            let end = Clock.monotonicNow().advanced(byNanoseconds: Self.restNanoseconds)
            try rest.waitExactly(until: end, into: &events)
        }
        try poller.waitExactly(until: deadline, into: &events)
        now = Clock.monotonicNow()
        for event in events { try handle(event) }
    }

    /// When the next turn is due without any event.
    private func deadline(_ stepAt: MonotonicTime) -> MonotonicTime {
        var deadline = stepAt
        if let end = schedule?.end, end > now { deadline = min(deadline, end) }
        if !ready.isEmpty, let due = schedule?.nextDue { deadline = min(deadline, due) }
        if let last = closed.last { deadline = min(deadline, last.at) }
        return deadline
    }

    /// Whether everything due was asked and answered, or is no longer waited for.
    private func isOver() -> Bool {
        guard let schedule else { return true }
        let isExhausted = schedule.isExhausted(now)
        if isExhausted, flightCount == 0, fanOut.openCount == 0 { return true }
        let dueOrAnswered = max(lastAnswerAt, schedule.nextDue ?? lastAnswerAt)
        let since = schedule.isOpenEnded ? dueOrAnswered : schedule.end
        return now >= since.advanced(byMilliseconds: patienceMilliseconds)
    }

    /// Counts what was not answered.
    private func abandon() {
        for connection in connections {
            guard let connection, connection.flightCount > 0 else { continue }
            close(connection, fault: .unanswered)
        }
        tallies[.event].record(.unanswered, count: UInt64(fanOut.missingCount))
        if let schedule, workload.task == .work(options.work) {
            tallies[options.work.requests[0]].record(.unsent, count: schedule.unsentCount)
        }
    }

    /// The requests end; what is under way is still waited for.
    func stop() {
        isInterrupted = true
        schedule?.stop(now)
    }
}

extension [RequestCounts] {
    /// The tally of an operation.
    subscript(_ operation: MeasuredOperation) -> RequestCounts {
        _read { yield self[Int(operation.rawValue)] }
        _modify { yield &self[Int(operation.rawValue)] }
    }
}
