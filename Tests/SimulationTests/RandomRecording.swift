import Bytes
import Simulation

/// Small recordings of which about half are linearizable: a map answers the operations at random
/// points between their ends, and now and then it lies.
enum RandomRecording {
    static func make(_ chance: inout SplitMix64) -> Recording {
        var recording = Recording()
        var cells = [Recording.Cell](repeating: .absent, count: 2)
        var revision: UInt64 = 0
        var points: [(point: UInt64, begin: UInt64, end: UInt64, client: Int)] = []
        for client in 0..<3 {
            var time = UInt64.random(in: 0...6, using: &chance)
            for _ in 0..<2 {
                let begin = time
                let end = begin + UInt64.random(in: 0...12, using: &chance)
                let point = UInt64.random(in: begin...end, using: &chance)
                points.append((point, begin, end, client))
                time = end + 1 + UInt64.random(in: 0...3, using: &chance)
            }
        }
        points.sort { ($0.point, $0.client, $0.begin) < ($1.point, $1.client, $1.begin) }
        for (number, point) in points.enumerated() {
            let ask = ask(&chance, value: UInt64(number) + 1, cells, revision)
            let isLie = Int.random(in: 0..<4, using: &chance) == 0
            var untouched = cells
            let answer =
                isLie
                ? EveryOrder.answer(ask, &untouched, at: revision + 1)
                : EveryOrder.answer(ask, &cells, at: revision + 1)
            if answer.observations.contains(where: \.isChange), !isLie { revision += 1 }
            let isLost = Int.random(in: 0..<6, using: &chance) == 0
            recording.append(
                Recording.Operation(
                    client: point.client,
                    kind: .transaction,
                    ask: ask,
                    begin: .at(point.begin),
                    end: isLost ? nil : .at(point.end),
                    outcome: isLost ? .unknown : .ok(bend(answer, &chance))
                )
            )
        }
        return recording
    }

    private static func ask(
        _ chance: inout SplitMix64,
        value: UInt64,
        _ cells: [Recording.Cell],
        _ revision: UInt64
    ) -> Recording.Ask {
        let key = Int.random(in: 0..<2, using: &chance)
        switch Int.random(in: 0..<9, using: &chance) {
        case 0, 1: return Recording.Ask(then: [.get(key)])
        case 2, 3: return Recording.Ask(then: [.put(key, value: value)])
        case 4: return Recording.Ask(then: [.delete(key)])
        case 5:
            let known = cells[key].modRevision
            let condition: Recording.Compare.Condition =
                switch Int.random(in: 0..<4, using: &chance) {
                case _ where known == 0: .absent
                case 0: .oneOf([known - 1, known])
                case 1: .changedSince(known)
                default: .modRevision(known)
                }
            return Recording.Ask(
                compares: [Recording.Compare(key, condition)],
                then: [.put(key, value: value)],
                otherwise: [.get(key)]
            )
        case 6:
            return Recording.Ask(
                compares: [Recording.Compare(key, .exists)],
                then: [.put(1 - key, value: value), .get(key)],
                otherwise: [.put(key, value: value)]
            )
        case 7:
            let bound = cells.map(\.version).max() ?? 0
            return Recording.Ask(
                compares: [Recording.Compare(key, .versionBelow(bound + 1))],
                then: [.put(key, value: value), .get(0)],
                otherwise: [.get(key)],
                inner: Recording.Ask.Inner(
                    compares: [0, 1].map { Recording.Compare($0, .versionBelow(bound)) },
                    otherwise: [.delete(key), .get(1)]
                )
            )
        default: return Recording.Ask(then: [.get(0), .get(1)])
        }
    }

    /// Leaves out what some recordings do not say.
    private static func bend(
        _ answer: Recording.Answer,
        _ chance: inout SplitMix64
    ) -> Recording.Answer {
        guard Int.random(in: 0..<3, using: &chance) == 0 else { return answer }
        return Recording.Answer(
            branch: answer.branch,
            answer.observations.map { observation in
                guard case .put = observation else { return observation }
                return .put(version: 0)
            },
            revision: answer.revision
        )
    }
}

extension Recording.Observation {
    fileprivate var isChange: Bool {
        switch self {
        case .put, .deleted(true): true
        case .got, .deleted(false), .cleared: false
        }
    }
}

/// The definition of linearizability, word for word: every order of every choice of the unanswered.
enum EveryOrder {
    static func explains(_ recording: Recording) -> Bool {
        let operations = recording.operations.filter { $0.outcome != .denied }
        return explains(operations, [.absent, .absent])
    }

    private static func explains(
        _ rest: [Recording.Operation],
        _ cells: [Recording.Cell]
    ) -> Bool {
        guard rest.contains(where: { $0.answer != nil }) else { return true }
        return rest.indices.contains { place in
            let operation = rest[place]
            let isFirst = rest.allSatisfy { other in
                guard let end = other.end, other.answer != nil else { return true }
                return end >= operation.begin
            }
            guard isFirst else { return false }
            var cells = cells
            learnRevisions(from: operation, &cells)
            let real = answer(
                operation.ask,
                &cells,
                at: operation.answer?.revision ?? revision(of: operation, in: rest)
            )
            if let told = operation.answer, !agrees(told, real) { return false }
            var others = rest
            others.remove(at: place)
            return explains(others, cells)
        }
    }

    /// An unanswered write whose value nobody saw has the revision of a condition that it met.
    private static func learnRevisions(
        from operation: Recording.Operation,
        _ cells: inout [Recording.Cell]
    ) {
        for compare in operation.ask.compares where cells[compare.key].modRevision == 1 << 40 {
            let revision: UInt64
            switch (compare.condition, operation.answer?.branch) {
            case (.modRevision(let wanted), .then): revision = wanted
            case (.oneOf(let wanted), .then): revision = wanted.last ?? 0
            case (.changedSince(let unwanted), .otherwise): revision = unwanted
            default: continue
            }
            let cell = cells[compare.key]
            cells[compare.key] = Recording.Cell(
                value: cell.value,
                modRevision: revision,
                version: cell.version
            )
        }
    }

    /// An unanswered write has the revision that those tell who saw its value.
    private static func revision(
        of operation: Recording.Operation,
        in rest: [Recording.Operation]
    ) -> UInt64 {
        for case .put(_, let value) in operation.ask.allSteps {
            for case .got(let cell) in rest.flatMap({ $0.answer?.observations ?? [] })
            where cell.value == value { return cell.modRevision }
        }
        return 1 << 40
    }

    static func answer(
        _ ask: Recording.Ask,
        _ cells: inout [Recording.Cell],
        at revision: UInt64
    ) -> Recording.Answer {
        func allAreMet(_ compares: [Recording.Compare]) -> Bool {
            compares.allSatisfy { isMet($0.condition, by: cells[$0.key]) }
        }
        let branch: Recording.Answer.Branch =
            switch (allAreMet(ask.compares), ask.inner) {
            case (false, _): .otherwise
            case (true, let inner?): allAreMet(inner.compares) ? .then : .innerOtherwise
            case (true, nil): .then
            }
        let steps =
            switch branch {
            case .then: ask.then
            case .otherwise: ask.otherwise
            case .innerOtherwise: ask.inner?.otherwise ?? []
            }
        var observations: [Recording.Observation] = []
        for step in steps {
            switch step {
            case .get(let key): observations.append(.got(cells[key]))
            case .put(let key, let value):
                let version = cells[key].value == 0 ? 1 : cells[key].version + 1
                cells[key] = Recording.Cell(value: value, modRevision: revision, version: version)
                observations.append(.put(version: version))
            case .delete(let key):
                observations.append(.deleted(cells[key].value != 0))
                cells[key] = .absent
            }
        }
        return Recording.Answer(
            branch: branch,
            observations,
            revision: revision
        )
    }

    private static func isMet(
        _ condition: Recording.Compare.Condition,
        by cell: Recording.Cell
    ) -> Bool {
        switch condition {
        case .exists: cell.value != 0
        case .absent: cell.value == 0
        case .modRevision(let wanted): cell.value != 0 && cell.modRevision == wanted
        case .oneOf(let wanted): cell.value != 0 && wanted.contains(cell.modRevision)
        case .changedSince(let unwanted): cell.value == 0 || cell.modRevision != unwanted
        case .value(let wanted): cell.value == wanted
        case .versionBelow(let bound): cell.value == 0 || cell.version < bound
        }
    }

    private static func agrees(_ told: Recording.Answer, _ real: Recording.Answer) -> Bool {
        guard told.branch == real.branch, told.observations.count == real.observations.count else {
            return false
        }
        return zip(told.observations, real.observations).allSatisfy { told, real in
            switch (told, real) {
            case (.put(let told), .put(let real)): told == 0 || told == real
            case (.got(let told), .got(let real)):
                told.value == real.value && told.version == real.version
                    && (told.modRevision == real.modRevision || real.modRevision == 1 << 40)
            default: told == real
            }
        }
    }
}
