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
            compares: ask.compares.map { compare in
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
                    }
                return Transaction.Compare(
                    .key(paths[compare.key]),
                    comparison: comparison,
                    target: target
                )
            },
            then: ask.then.map(operation),
            otherwise: ask.otherwise.map(operation)
        )
    }

    private func operation(_ step: Recording.Step) -> Transaction.Operation {
        switch step {
        case .get(let key): .get(.key(paths[key]))
        case .put(let key, let value):
            .put(key: paths[key], value: Self.encode(value), lease: nil)
        case .delete(let key): .delete(.key(paths[key]))
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
        case .value: self = .none
        }
    }
}

// MARK: Answers

extension Recording.Operation {
    /// What an answer tells about keys.
    func outcome(of answer: StoreAnswer) -> Outcome {
        let revision = answer.revision.rawValue
        switch answer.outcome {
        case .put(let result):
            let put = Recording.Observation.put(version: result.version)
            return .ok(Recording.Answer([put], revision: result.revision.rawValue))
        case .deleted(let revision, let count):
            return .ok(Recording.Answer([.deleted(count > 0)], revision: revision.rawValue))
        case .refused(.notFound(.key)) where kind == .delete:
            return .ok(Recording.Answer([.deleted(false)], revision: revision))
        case .refused(.conditionFailed(_, let current)):
            let met = Recording.Observation.got(KeySpaces.cell(current))
            return .ok(Recording.Answer(branch: .otherwise, [met], revision: revision))
        case .transaction(let result):
            return .ok(
                Recording.Answer(
                    branch: result.branch == .then ? .then : .otherwise,
                    result.results.map(\.observation),
                    revision: result.revision.rawValue
                )
            )
        default: return .denied
        }
    }
}

extension TransactionResult.OperationResult {
    fileprivate var observation: Recording.Observation {
        switch self {
        case .put(_, let result, _): .put(version: result.version)
        case .get(let result): .got(KeySpaces.cell(result.records.first))
        case .deleted(let count, _): .deleted(count > 0)
        case .transaction(let nested): nested.results.first?.observation ?? .deleted(false)
        }
    }
}
