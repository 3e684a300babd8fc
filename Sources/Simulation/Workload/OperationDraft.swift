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

extension SimulatedCluster {
    /// What the client asks next, in the light of what it saw.
    func draft(_ errand: Mix.KeyOperation, at place: Int, for client: Int) -> OperationDraft {
        let key = pick(workload.keys.paths.count)
        switch errand {
        case .list:
            let keys = workload.keys.keys(ofDirectory: pick(KeySpaces.directoryCount))
            return OperationDraft(kind: .list, ask: Recording.Ask(then: keys.map { .get($0) }))
        case .put: return put(key, for: client, if: nil)
        case .swap: return put(key, for: client, if: condition(on: key, at: place))
        case .delete: return delete(key, at: place)
        case .transaction: return transaction(place, for: client)
        case .get, .staleRead, .child, .look, .compaction:
            return OperationDraft(kind: .get, ask: Recording.Ask(then: [.get(key)]))
        }
    }

    private func condition(on key: Int, at place: Int) -> Recording.Compare.Condition {
        let known = workload.keyUsers[place].known[key]
        if pick(8) == 0 { return .exists }
        guard known.value != 0 else { return .absent }
        switch pick(6) {
        case 0: return .oneOf(list(endingWith: known.modRevision))
        case 1: return .changedSince(known.modRevision)
        default: return .modRevision(known.modRevision)
        }
    }

    /// A revision behind older ones, whatever those were of.
    private func list(endingWith revision: UInt64) -> [UInt64] {
        Array(max(revision, 4) - 3..<revision) + [revision]
    }

    private func put(
        _ key: Int,
        for client: Int,
        if condition: Recording.Compare.Condition?
    ) -> OperationDraft {
        let value = workload.nextValue(of: client)
        let put = Put(
            key: workload.keys.paths[key],
            value: KeySpaces.encode(value),
            lease: .none,
            condition: condition.map { KeyCondition($0) } ?? .none
        )
        let ask = Recording.Ask(
            compares: condition.map { [Recording.Compare(key, $0)] } ?? [],
            then: [.put(key, value: value)],
            otherwise: condition == nil ? [] : [.get(key)]
        )
        return OperationDraft(
            kind: condition == nil ? .put : .compareAndSwap,
            ask: ask,
            command: .put(put),
            value: value
        )
    }

    private func delete(_ key: Int, at place: Int) -> OperationDraft {
        let known = workload.keyUsers[place].known[key]
        let isConditional = known.value != 0 && pick(3) == 0
        let wanted: Recording.Compare.Condition =
            isConditional && pick(4) == 0
            ? .oneOf(list(endingWith: known.modRevision)) : .modRevision(known.modRevision)
        let command = Command.delete(
            key: workload.keys.paths[key],
            extent: .key,
            condition: isConditional ? KeyCondition(wanted) : .none
        )
        let ask = Recording.Ask(
            compares: isConditional ? [Recording.Compare(key, wanted)] : [],
            then: [.delete(key)],
            otherwise: isConditional ? [.get(key)] : []
        )
        return OperationDraft(kind: .delete, ask: ask, command: command)
    }

    /// Within one directory: conditions on one or two keys decide between writing two and reading
    /// all.
    private func transaction(_ place: Int, for client: Int) -> OperationDraft {
        let keys = Array(workload.keys.keys(ofDirectory: pick(KeySpaces.directoryCount)))
        let (first, second) = (keys[pick(keys.count)], keys[pick(keys.count)])
        var compares = [Recording.Compare(first, belief(in: first, at: place))]
        if second != first, pick(2) == 0 {
            compares.append(Recording.Compare(second, belief(in: second, at: place)))
        }
        let values = [workload.nextValue(of: client), workload.nextValue(of: client)]
        var then: [Recording.Step] = [.put(first, value: values[0])]
        if second != first {
            then.append(pick(4) == 0 ? .delete(second) : .put(second, value: values[1]))
        }
        if pick(2) == 0 { then.append(.get(keys[pick(keys.count)])) }
        let otherwise: [Recording.Step] =
            pick(4) == 0 ? [.delete(first), .get(second)] : keys.map { .get($0) }
        let ask = Recording.Ask(
            compares: compares,
            then: then,
            otherwise: otherwise
        )
        return OperationDraft(
            kind: .transaction,
            ask: ask,
            command: .transaction(workload.keys.transaction(ask)),
            value: values[0]
        )
    }

    /// The key is as the client saw it last.
    private func belief(in key: Int, at place: Int) -> Recording.Compare.Condition {
        let known = workload.keyUsers[place].known[key]
        guard known.value != 0 else { return .absent }
        // Long values would make entries too long for the shortest segments.
        let isShort = !KeySpaces.isLong(known.value)
        return isShort && pick(2) == 0 ? .value(known.value) : .modRevision(known.modRevision)
    }
}

extension KeySpaces {
    fileprivate func transaction(_ ask: Recording.Ask) -> Transaction {
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
                    key: paths[compare.key],
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
        case .get(let key): .get(key: paths[key], extent: .key)
        case .put(let key, let value):
            .put(key: paths[key], value: Self.encode(value), lease: nil)
        case .delete(let key): .delete(key: paths[key], extent: .key)
        }
    }
}

extension KeyCondition {
    fileprivate init(_ condition: Recording.Compare.Condition) {
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
        case .put(_, let result): .put(version: result.version)
        case .get(let records): .got(KeySpaces.cell(records.first))
        case .deleted(let count): .deleted(count > 0)
        }
    }
}
