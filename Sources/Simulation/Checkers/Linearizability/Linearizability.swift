internal import Bytes

/// Whether everything that clients were told of keys could have happened one operation at a time,
/// each between its call and its return (Herlihy and Wing).
///
/// Linearizability is local: a recording is linearizable when each of its partitions is. Keys that
/// one operation names lie in one partition.
package struct Linearizability: Sendable {
    /// What the check of a recording came to.
    package struct Verdict: Sendable {
        /// How many partitions there were.
        package fileprivate(set) var partitionCount = 0
        /// How many operations were put in order.
        package fileprivate(set) var operationCount = 0
        /// Attempts over all partitions.
        package fileprivate(set) var stepCount = 0
        /// Partitions whose search was given up. Neither right nor wrong: a run with one proves
        /// nothing about it.
        package fileprivate(set) var inconclusiveCount = 0
        /// One for each partition that no order explains.
        package fileprivate(set) var counterexamples: [Counterexample] = []

        /// Every partition has an order.
        package var isLinearizable: Bool { inconclusiveCount == 0 && counterexamples.isEmpty }
    }

    /// After so many attempts in one partition its search is given up.
    package var stepCountMax = 2_000_000
    /// What the members agree on, where somebody who is not a client knows it. It never decides:
    /// an order in which just those unanswered operations take effect that history shows, by their
    /// revisions, is tried first; where that is none, all orders are.
    package var history: Timeline?

    /// With the usual bound.
    package init() {}

    /// Searches an order for each partition.
    ///
    /// - Complexity: O(*n* · clients) for *n* operations that are in order; bounded by
    ///   `stepCountMax` for each partition that is not.
    package func check(_ recording: Recording) -> Verdict {
        var verdict = Verdict()
        let sightings = history.map { Sightings(in: $0) }
        for partition in Partition.all(of: recording) {
            verdict.partitionCount += 1
            verdict.operationCount += partition.operations.count
            let revisions = sightings?.revisions(of: partition, recording: recording)
            switch decide(
                partition,
                recording: recording,
                revisions: revisions,
                stepCount: &verdict.stepCount
            ) {
            case .linearizable: break
            case .inconclusive: verdict.inconclusiveCount += 1
            case .impossible:
                verdict.counterexamples.append(
                    shortest(partition, recording: recording, revisions: revisions ?? [:])
                )
            }
        }
        return verdict
    }

    /// - Parameter revisions: of the unanswered operations that history shows, if it is known.
    private func decide(
        _ partition: Partition,
        recording: Recording,
        revisions: [Int: UInt64]?,
        stepCount: inout Int
    ) -> LinearizabilitySearch.End {
        if let revisions {
            // An order without what may never have happened is an order of the whole.
            let shown = calls(partition, recording: recording, revisions: revisions).filter {
                $0.answer != nil || revisions[$0.operation] != nil
            }
            var search = search(shown, partition: partition)
            let bound = min(stepCountMax, Self.stepCountPerShownCall * shown.count)
            let end = search.run(stepCountMax: bound)
            stepCount += search.stepCount
            if case .linearizable = end { return end }
        }
        var search = search(
            calls(partition, recording: recording, revisions: revisions ?? [:]),
            partition: partition
        )
        defer { stepCount += search.stepCount }
        return search.run(stepCountMax: stepCountMax)
    }

    /// History leaves few attempts: answers that came at one revision, and deletions.
    private static let stepCountPerShownCall = 20

    /// The shortest beginning of the partition that has no order: what had not ended by then counts
    /// as unanswered. A beginning of a linearizable recording is linearizable, so halving finds it.
    private func shortest(
        _ partition: Partition,
        recording: Recording,
        revisions: [Int: UInt64]
    ) -> Counterexample {
        let ends = partition.operations.compactMap { number -> UInt64? in
            let operation = recording.operations[number]
            return operation.answer == nil ? nil : operation.end?.rawValue
        }.sorted()
        var low = 0
        var high = ends.count - 1
        var found: Counterexample?
        while low <= high {
            let middle = (low + high) / 2
            if let example = counterexample(
                partition,
                recording: recording,
                revisions: revisions,
                before: ends[middle]
            ) {
                found = example
                high = middle - 1
            } else {
                low = middle + 1
            }
        }
        return found ?? Counterexample(operations: [], order: [], stuck: nil)
    }

    private func counterexample(
        _ partition: Partition,
        recording: Recording,
        revisions: [Int: UInt64],
        before cut: UInt64
    ) -> Counterexample? {
        var cutOff = partition
        cutOff.cut = cut
        let calls = calls(cutOff, recording: recording, revisions: revisions)
        var search = search(calls, partition: cutOff)
        guard case .impossible(let longest, let stuck) = search.run(stepCountMax: stepCountMax)
        else { return nil }
        return Counterexample(
            operations: calls.map { call in
                let operation = recording.operations[call.operation]
                return call.answer == nil ? operation.unanswered : operation
            },
            order: longest,
            stuck: stuck < calls.count ? stuck : nil
        )
    }

    // MARK: Calls of a partition

    /// Ranks the calls and pairs twins among them.
    private func search(
        _ calls: [LinearizabilitySearch.Call],
        partition: Partition
    ) -> LinearizabilitySearch {
        var calls = calls
        pair(&calls)
        rank(&calls)
        return LinearizabilitySearch(
            calls,
            slots: partition.slots,
            keyCount: partition.keys.count
        )
    }

    private func calls(
        _ partition: Partition,
        recording: Recording,
        revisions: [Int: UInt64]
    ) -> [LinearizabilitySearch.Call] {
        let seen = SeenValues(partition, recording: recording)
        var calls: [LinearizabilitySearch.Call] = []
        for number in partition.operations {
            let operation = recording.operations[number]
            guard operation.begin.rawValue <= partition.cut else { continue }
            let isAnswered = (operation.end?.rawValue ?? .max) <= partition.cut
            let answer = isAnswered ? operation.answer : nil
            // Who was told nothing, and asked for no change, might as well not have asked.
            if answer == nil, operation.ask.isRead { continue }
            let isUnseen = answer == nil && seen.isUnseenPut(operation.ask)
            calls.append(
                LinearizabilitySearch.Call(
                    operation: number,
                    ask: isUnseen ? operation.ask.withUnseenValue : operation.ask,
                    answer: answer,
                    revision: answer?.revision ?? seen.revision(of: operation.ask)
                        ?? Recording.Cell.unknownRevision,
                    hint: answer?.revision ?? seen.revision(of: operation.ask)
                        ?? revisions[number] ?? .max,
                    begin: operation.begin.rawValue,
                    end: answer == nil ? .max : operation.end?.rawValue ?? .max
                )
            )
        }
        return calls
    }

    /// By revision; writes before what read them; then by beginning.
    private func rank(_ calls: inout [LinearizabilitySearch.Call]) {
        let unranked = calls
        let inOrder = calls.indices.sorted { left, right in
            let (left, right) = (unranked[left], unranked[right])
            if left.hint != right.hint { return left.hint < right.hint }
            let (isLeftRead, isRightRead) = (left.ask.isRead, right.ask.isRead)
            if isLeftRead != isRightRead { return isRightRead }
            return (left.begin, left.operation) < (right.begin, right.operation)
        }
        for (rank, number) in inOrder.enumerated() { calls[number].rank = rank }
    }

    /// Unanswered calls that make no difference but in their beginnings go one after another, so
    /// the first of them takes the lowest of their places.
    private func pair(_ calls: inout [LinearizabilitySearch.Call]) {
        var places: [Recording.Step: Int] = [:]
        var groups: [[Int]] = []
        for number in calls.indices.sorted(by: { calls[$0].begin < calls[$1].begin }) {
            let ask = calls[number].ask
            guard calls[number].answer == nil, let step = ask.onlyStep else { continue }
            if let place = places[step] {
                calls[number].twin = groups[place][groups[place].count - 1]
                groups[place].append(number)
            } else {
                places[step] = groups.count
                groups.append([number])
            }
        }
        for group in groups where group.count > 1 {
            let hints = group.map { calls[$0].hint }.sorted()
            for (number, hint) in zip(group, hints) { calls[number].hint = hint }
        }
    }
}

/// Stands for every value that nobody saw.
private let unseenValue = UInt64.max

/// The values that some answer shows or some condition names, with their revisions.
private struct SeenValues {
    var revisions: [UInt64: UInt64] = [:]
    private var values: Set<UInt64> = []

    init(_ partition: Partition, recording: Recording) {
        for number in partition.operations {
            let operation = recording.operations[number]
            for compare in operation.ask.allCompares {
                if case .value(let value) = compare.condition { values.insert(value) }
            }
            for case .got(let cell) in operation.answer?.observations ?? [] {
                values.insert(cell.value)
                if cell.modRevision > 0 { revisions[cell.value] = cell.modRevision }
            }
        }
    }

    func revision(of ask: Recording.Ask) -> UInt64? {
        ask.valuesWritten.lazy.compactMap { revisions[$0] }.first
    }

    func isUnseenPut(_ ask: Recording.Ask) -> Bool {
        guard case .put(_, let value) = ask.onlyStep else { return false }
        return !values.contains(value)
    }
}

extension Recording.Ask {
    /// The values that any branch writes.
    var valuesWritten: [UInt64] {
        allSteps.compactMap { step in
            guard case .put(_, let value) = step else { return nil }
            return value
        }
    }

    fileprivate var withUnseenValue: Self {
        guard case .put(let key, _) = then.first else { return self }
        return Self(then: [.put(key, value: unseenValue)])
    }
}

extension Recording.Operation {
    /// As it looked before its answer came.
    fileprivate var unanswered: Self {
        Self(client: client, kind: kind, ask: ask, begin: begin)
    }
}
