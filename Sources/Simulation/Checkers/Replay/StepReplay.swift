package import Bytes
package import Keyspace

/// What must have come of each step of a queue or a counter, found from the steps that members
/// committed, in their order, and nothing else.
///
/// Where an entry is missing it judges nothing any more.
package struct StepReplay: Sendable {
    /// What a member shows of a queue or a counter once it has applied an entry.
    package enum Look: Hashable, Sendable {
        case queue(QueueName, QueueCounts)
        /// 0 of one that is not there.
        case counter([UInt8], value: Int64)
    }

    private struct Committed: Sendable {
        let index: UInt64
        let time: ClusterTime
        /// Its place among the steps.
        let step: Int?
    }

    fileprivate struct Step: Sendable {
        let command: Command
        let stamp: IdempotencyStamp?
        /// Tells it from all others, but not from the same one sent again.
        let number: UInt64
    }

    /// How many steps were held against the log.
    package private(set) var stepCount = 0
    /// How many looks were.
    package private(set) var lookCount = 0
    private var committed: [Committed] = []
    private var steps: [Step] = []
    private var told: [UInt64: Outcome] = [:]
    private var denied: Set<UInt64> = []
    private var looks: [UInt64: [Look]] = [:]

    /// Nothing was committed.
    package init() {}

    // MARK: What is known

    /// The note of a step, by which it is known.
    package static func note(of number: UInt64) -> [UInt8] { Array("\(notePrefix)\(number)".utf8) }

    private static let notePrefix = "step "

    /// An entry is committed; any order will do.
    package mutating func committed(index: UInt64, time: ClusterTime, request: Request?) {
        var place: Int?
        switch request?.command {
        case .queue, .count:
            if let request { steps.append(Step(request, notePrefix: Self.notePrefix)) }
            place = steps.count - 1
        default: break
        }
        committed.append(Committed(index: index, time: time, step: place))
    }

    /// What the client of that step was told.
    package mutating func told(_ number: UInt64, outcome: Outcome) { told[number] = outcome }

    /// Its client was told, of every sending, that it certainly was not carried out.
    package mutating func denied(_ number: UInt64) { denied.insert(number) }

    /// A member showed that, when it had applied that entry as the last.
    package mutating func looked(_ look: Look, at index: UInt64) {
        looks[index, default: []].append(look)
    }

    // MARK: What follows

    /// What is wrong with all of it, where the cluster began with nothing.
    ///
    /// - Complexity: O(*n* log *n*), and for each step O(items of all queues)
    package mutating func check() -> [Finding] {
        var book = StepBook()
        var verdicts = Verdicts()
        var last: UInt64 = 0
        for entry in committed.sorted(by: { $0.index < $1.index }) where entry.index > last {
            guard entry.index == last + 1 else { break }
            last = entry.index
            book.pass(to: entry.time)
            if let place = entry.step {
                stepCount += 1
                judge(steps[place], at: entry.index, by: &book, into: &verdicts)
            }
            for look in looks[entry.index] ?? [] {
                lookCount += 1
                if book.explains(look) { continue }
                verdicts.findings.append(.standsOtherwise(index: entry.index))
            }
        }
        return verdicts.open.sorted { $0.key < $1.key }.map(\.value) + verdicts.findings
    }

    private func judge(
        _ step: Step,
        at index: UInt64,
        by book: inout StepBook,
        into verdicts: inout Verdicts
    ) {
        if denied.contains(step.number) {
            verdicts.findings.append(.deniedStepApplied(index: index))
        }
        let told = told[step.number]
        let isGivenTwice = told.map { book.isGivenOut($0, by: step.command) } ?? false
        let expected = book.carryOut(step.command, stamp: step.stamp, at: index)
        guard let told, !verdicts.explained.contains(step.number) else { return }
        if expected == told.withoutRevision {
            verdicts.explained.insert(step.number)
            verdicts.open[step.number] = nil
        } else if verdicts.open[step.number] == nil {
            verdicts.open[step.number] =
                isGivenTwice
                ? .itemGivenTwice(index: index)
                : .mistold(step.command, told: told, insteadOf: expected, at: index)
        }
    }

    private struct Verdicts {
        var findings: [Finding] = []
        /// Steps that were told something else than came of their entry. The one who was told may
        /// have had the answer of a later sending.
        var open: [UInt64: Finding] = [:]
        var explained: Set<UInt64> = []
    }
}

extension StepReplay.Step {
    fileprivate init(_ request: Request, notePrefix: String) {
        command = request.command
        stamp = request.idempotency
        let text = String(decoding: request.note, as: UTF8.self)
        number = UInt64(text.dropFirst(notePrefix.count)) ?? 0
    }
}

extension Outcome {
    /// Of a counter the log does not tell at which revision it was written.
    fileprivate var withoutRevision: Outcome {
        guard case .counted(_, let before, let after) = self else { return self }
        return .counted(revision: .zero, before: before, after: after)
    }
}

// MARK: - What they lead to

/// Queues, counters and the answers that are kept.
private struct StepBook {
    private var queues = QueueBook()
    private var counters: [[UInt8]: Int64] = [:]
    private var answers: [[UInt8]: Outcome] = [:]

    mutating func pass(to time: ClusterTime) { queues.pass(to: time) }

    mutating func carryOut(
        _ command: Command,
        stamp: IdempotencyStamp?,
        at index: UInt64
    ) -> Outcome {
        if let stamp, let first = answers[stamp.key] { return first }
        let outcome: Outcome
        switch command {
        case .queue(let request): outcome = queues.carryOut(request, at: index)
        case .count(let name, let change): outcome = count(name, by: change)
        default: outcome = .nothing
        }
        // Whoever found nothing to take asks anew.
        if let stamp, outcome != .queue(.empty) { answers[stamp.key] = outcome }
        return outcome
    }

    private mutating func count(_ name: [UInt8], by change: CounterChange) -> Outcome {
        let before = counters[name] ?? 0
        let after: Int64
        switch change {
        case .set(let number): after = number
        case .add(let number): after = before + number
        }
        guard CounterChange.range.contains(after) else {
            return .refused(.counterOutOfRange(value: before))
        }
        counters[name] = after
        return .counted(revision: .zero, before: before, after: after)
    }

    func explains(_ look: StepReplay.Look) -> Bool {
        switch look {
        case .queue(let name, let counts): queues.counts(of: name) == counts
        case .counter(let name, let value): counters[name] ?? 0 == value
        }
    }

    /// Whether the item that was given out by the step is somebody's.
    func isGivenOut(_ told: Outcome, by command: Command) -> Bool {
        guard case .queue(let request) = command, case .queue(.taken(let delivery)) = told else {
            return false
        }
        return queues.isTaken(delivery.id, in: request.queue)
    }
}

extension Finding {
    /// What is wrong with that answer to a step.
    fileprivate static func mistold(
        _ command: Command,
        told: Outcome,
        insteadOf expected: Outcome,
        at index: UInt64
    ) -> Finding {
        switch (command, expected, told) {
        case (.count, _, _): .miscounted(index: index)
        case (_, .queue(.taken), .queue(.empty)), (_, .queue, .refused(.queue(_, .tokenLost))):
            .itemLost(index: index)
        case (_, .queue(.taken(let first)), .queue(.taken(let other))) where first.id != other.id:
            .itemOutOfTurn(index: index)
        default: .stepMistold(index: index)
        }
    }
}
