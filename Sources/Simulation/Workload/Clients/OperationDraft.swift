internal import Bytes
internal import Keyspace

/// One operation on keys, as a recording and as a member wants it.
struct OperationDraft {
    let kind: Recording.Operation.Kind
    let ask: Recording.Ask
    /// nil for a read.
    var command: Command?
    /// One of the values it writes; 0 for none.
    var value: UInt64 = 0
}

extension KeySpaces {
    func transaction(_ ask: Recording.Ask) -> Transaction {
        Transaction(
            compares: ask.compares.map(compare),
            then: ask.then.map(operation),
            otherwise: ask.otherwise.map(operation)
        )
    }

    func compare(_ compare: Recording.Compare) -> Transaction.Compare {
        let (comparison, target): (Transaction.Comparison, Transaction.Target) =
            switch compare.condition {
            case .exists: (.equal, .exists(true))
            case .absent: (.equal, .exists(false))
            case .modRevision(let revision):
                (.equal, .modRevision(Revision(rawValue: revision)))
            case .changedSince(let revision):
                (.notEqual, .modRevision(Revision(rawValue: revision)))
            case .oneOf: unreachable("a compare has one revision")
            case .value(let value): (.equal, .value(Self.encode(value)))
            case .versionBelow(let bound): (.less, .version(bound))
            }
        return Transaction.Compare(
            .key(registers[compare.key]),
            comparison: comparison,
            target: target
        )
    }

    func operation(_ step: Recording.Step) -> Transaction.Operation {
        switch step {
        case .get(let key): .get(.key(registers[key]))
        case .put(let key, let value):
            .put(key: registers[key], value: Self.encode(value), lease: nil)
        case .delete(let key): .delete(.key(registers[key]))
        }
    }
}

extension KeyCondition {
    init(_ condition: Recording.Compare.Condition) {
        switch condition {
        case .exists: self = .exists
        case .absent: self = .absent
        case .modRevision(let revision): self = .modRevision(Revision(rawValue: revision))
        case .oneOf(let revisions): self = .oneOf(revisions.map { Revision(rawValue: $0) })
        case .changedSince(let revision):
            self = .noneOf([Revision(rawValue: revision)], missing: .meets)
        case .value, .versionBelow: self = .none
        }
    }
}

// MARK: Answers

extension Recording.Operation {
    /// What the answer to a command tells about keys.
    func outcome(of answer: StoreAnswer, to command: Command?, keys: KeySpaces) -> Outcome {
        let revision = answer.revision.rawValue
        switch answer.outcome {
        case .put(let result):
            let put = Recording.Observation.put(version: result.version)
            return .ok(Recording.Answer([put], revision: result.revision.rawValue))
        case .deleted(let revision, let count) where kind == .rangeDelete:
            let told = ask.then.map { _ in Recording.Observation.cleared }
            return .ok(
                Recording.Answer(told, revision: revision.rawValue, clearedCount: count)
            )
        case .refused(.notFound(.key)) where kind == .rangeDelete:
            let told = ask.then.map { _ in Recording.Observation.cleared }
            return .ok(Recording.Answer(told, revision: revision))
        case .deleted(let revision, let count):
            return .ok(Recording.Answer([.deleted(count > 0)], revision: revision.rawValue))
        case .refused(.notFound(.key)) where kind == .delete:
            return .ok(Recording.Answer([.deleted(false)], revision: revision))
        case .refused(.conditionFailed(_, let current)):
            let met = Recording.Observation.got(KeySpaces.cell(current))
            return .ok(Recording.Answer(branch: .otherwise, [met], revision: revision))
        case .treeWritten(let result):
            let told = ask.steps(of: ask.writingBranch).map { step -> Recording.Observation in
                step.isPut ? .put(version: 0) : .deleted(result.deletedCount > 0)
            }
            let revision = result.revision.rawValue
            return .ok(Recording.Answer(branch: ask.writingBranch, told, revision: revision))
        case .refused(.treeChanged):
            let branch: Recording.Answer.Branch = ask.writingBranch == .then ? .otherwise : .then
            return .ok(Recording.Answer(branch: branch, [], revision: revision))
        case .transaction(let result):
            guard case .transaction(let transaction) = command else { return .denied }
            return .ok(
                Recording.Answer(
                    branch: result.recordedBranch,
                    result.observations(of: transaction, keys: keys),
                    revision: result.revision.rawValue
                )
            )
        default: return .denied
        }
    }
}

extension Recording.Ask {
    /// The branch in which a tree is written.
    fileprivate var writingBranch: Recording.Answer.Branch { then.isEmpty ? .otherwise : .then }
}

extension Recording.Step {
    fileprivate var isPut: Bool {
        guard case .put = self else { return false }
        return true
    }
}

extension TransactionResult {
    /// With what came of a transaction within.
    fileprivate var recordedBranch: Recording.Answer.Branch {
        guard branch == .then else { return .otherwise }
        return hasOtherBranchWithin ? .innerOtherwise : .then
    }

    /// Whether a transaction within, however deep, took its other branch.
    private var hasOtherBranchWithin: Bool {
        results.contains { result in
            guard case .transaction(let nested) = result else { return false }
            return nested.branch == .otherwise || nested.hasOtherBranchWithin
        }
    }

    /// Every key of a range by itself, in the order of numbers.
    fileprivate func observations(
        of transaction: Transaction,
        keys: KeySpaces
    ) -> [Recording.Observation] {
        let operations = branch == .then ? transaction.then : transaction.otherwise
        return zip(operations, results).flatMap { operation, result -> [Recording.Observation] in
            switch (operation, result) {
            case (_, .put(_, let result, _)): [.put(version: result.version)]
            case (.get(let query), .get(let result)):
                keys.observations(of: result, in: query.range)
            case (.delete(.key, _), .deleted(let count, _)): [.deleted(count > 0)]
            case (.delete(let range, _), .deleted(_, let previous)):
                keys.numbers(in: range).map { number in
                    .deleted(previous.contains { $0.key == keys.registers[number] })
                }
            case (.transaction(let nested), .transaction(let result)):
                result.observations(of: nested, keys: keys)
            default: []
            }
        }
    }
}

extension KeySpaces {
    /// One more than the range has keys where something else was found.
    fileprivate func observations(
        of result: RangeResult,
        in range: KeyRange
    ) -> [Recording.Observation] {
        let told = numbers(in: range).map { number in
            Self.cell(result.records.first { $0.key == registers[number] })
        }
        let isAll = told.count { $0.value != 0 } == result.records.count
        return (isAll ? told : told + [.absent]).map { .got($0) }
    }
}
