internal import Bytes

/// Time, chance and what is to come: what every part of a run shares, and nothing of any part.
///
/// All parts draw from the one generator and schedule into the one queue, so that a seed decides
/// everything.
final class World {
    /// What the run does next.
    enum Occurrence {
        case duty(Agenda.Duty, member: Int)
        case event(SimulatedEvent)
    }

    /// What a truce puts off is tried again after so long.
    static let truceLookMicroseconds: UInt64 = 200_000

    static let beginning = MonotonicTime(rawValue: 1_000_000_000)

    let seed: UInt64
    /// As drawn, where the seed decides.
    let options: SimulationOptions
    let plan: FaultPlan
    var chance: SplitMix64
    private(set) var now = World.beginning
    private var events = EventQueue<SimulatedEvent>()
    private var agenda: Agenda
    private var periods = Periods()
    private var story: Story

    /// Draws what the seed decides of the world itself; nothing has happened yet.
    init(seed: UInt64, options: SimulationOptions, narrate: ((NarratedLine) -> Void)?) {
        self.seed = seed
        chance = SplitMix64(seed: seed)
        switch options.variety {
        case .swarm:
            plan = FaultPlan(&chance)
            self.options = options.drawn(&chance)
        case .quiet:
            plan = FaultPlan()
            self.options = options
        }
        agenda = Agenda(memberCount: self.options.memberCount)
        story = Story(seed: seed, memberCount: self.options.memberCount, narrate: narrate)
    }

    // MARK: What comes next

    /// Goes on to what is due first; nil when nothing is before the end.
    func next(before end: MonotonicTime) -> Occurrence? {
        let time = events.nextTime
        if let duty = agenda.first, duty.time <= time {
            guard duty.time <= end else { return nil }
            now = max(now, duty.time)
            agenda.clear(duty.duty, of: duty.member)
            return .duty(duty.duty, member: duty.member)
        }
        guard time <= end, let (time, event) = events.next() else { return nil }
        now = max(now, time)
        return .event(event)
    }

    /// Nothing came before the end: it is there.
    func arrive(at end: MonotonicTime) { now = end }

    func time(after microseconds: UInt64) -> MonotonicTime {
        now.advanced(byNanoseconds: microseconds * 1000)
    }

    func schedule(_ event: SimulatedEvent, after microseconds: UInt64) {
        events.schedule(event, at: time(after: microseconds))
    }

    func schedule(_ event: SimulatedEvent, at time: MonotonicTime) {
        events.schedule(event, at: time)
    }

    // MARK: Duties of members

    /// One more member, with nothing to do yet.
    func addMember() { agenda.addMember() }

    func set(_ duty: Agenda.Duty, of member: Int, after microseconds: UInt64) {
        agenda.set(duty, of: member, at: time(after: microseconds))
    }

    /// The member's turn comes at that time, unless it comes sooner.
    func hastenTurn(of member: Int, to time: MonotonicTime) {
        agenda.hasten(.turn, of: member, to: time)
    }

    func clearTurn(of member: Int) { agenda.clear(.turn, of: member) }

    func clearDuties(of member: Int) { agenda.clear(of: member) }

    // MARK: Chance

    func random(_ range: PartialRangeThrough<UInt64>) -> UInt64 {
        UInt64.random(in: 0...range.upperBound, using: &chance)
    }

    func random(_ range: ClosedRange<UInt64>) -> UInt64 {
        UInt64.random(in: range, using: &chance)
    }

    func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &chance) }

    // MARK: Periods

    /// No more faults happen.
    var isCalm: Bool { periods.isCalm }

    /// No fault strikes: what comes next could not be told from what nobody can know.
    var isTruce: Bool { now < periods.truceEnd }

    /// Clients hardly think.
    var isRush: Bool { now < periods.rushEnd }

    /// When the network or a process last came back.
    var unrestAt: MonotonicTime { periods.unrestAt }

    /// Disks are still slow, although no more faults happen.
    var isSlow: Bool { periods.isSlow }

    func beginCalm(isSlow: Bool) {
        periods.isCalm = true
        periods.isSlow = isSlow
    }

    func endSlowness() { periods.isSlow = false }

    func beginTruce(milliseconds: UInt64) {
        periods.truceEnd = now.advanced(byMilliseconds: milliseconds)
    }

    func endTruce() { periods.truceEnd = now }

    func beginRush(microseconds: UInt64) { periods.rushEnd = time(after: microseconds) }

    /// The network or a process comes back.
    func noteUnrest() { periods.unrestAt = now }

    // MARK: The story

    /// What the run has come to so far.
    var report: SimulationReport { story.report }

    /// Something happened that the trace is to tell from a run in which it did not.
    func note(_ kind: Trace.Kind, of subject: Int) {
        story.trace.note(kind, subject: subject, at: now)
    }

    func note(_ value: UInt64) { story.trace.note(value) }

    func count(_ count: CoverageCount) { story.report.coverage.count(count) }

    /// A fault is counted where it takes effect.
    func strikes(_ fault: Fault, member: SimulatedMember) {
        story.report.faults.count(fault)
        note(.fault, of: member.number)
        tell(of: member, "is struck: \(fault.name)")
    }

    /// Tells a line of the story; costs nothing when nobody listens.
    func tell(of member: SimulatedMember? = nil, _ text: @autoclosure () -> String) {
        story.tell(of: member?.number, at: now, text)
    }

    /// A promise was broken.
    func found(_ violation: Violation) { story.found(violation, at: now) }

    /// The run is over.
    func finish(workload: WorkloadReport) {
        story.report.workload = workload
        story.report.milliseconds = now.nanoseconds(since: Self.beginning) / 1_000_000
        story.report.traceHash = story.trace.value
        story.report.eventCount = story.trace.eventCount
    }
}

/// Times at which a run is not as it usually is.
private struct Periods {
    var isCalm = false
    var isSlow = false
    var truceEnd = World.beginning
    var rushEnd = World.beginning
    var unrestAt = World.beginning
}

extension SimulationOptions {
    /// The counts and sizes of one seed.
    fileprivate func drawn(_ chance: inout SplitMix64) -> SimulationOptions {
        var drawn = self
        drawn.memberCount = [3, 3, 3, 3, 3, 3, 3, 5, 5, 7].pick(&chance)
        drawn.snapshotLogByteCountMin = [16 << 10, 64 << 10, 256 << 10, 1 << 20].pick(&chance)
        drawn.faultMilliseconds = [1_500, 4_000, 8_000].pick(&chance)
        return drawn
    }
}
