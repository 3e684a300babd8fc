internal import Keyspace

/// What a key user asks next, in the light of what it saw.
extension KeyUser {
    func draft(_ operation: Mix.KeyOperation) -> OperationDraft {
        let key = world.pick(history.keys.registers.count)
        switch operation {
        case .list:
            let keys = history.keys.keys(ofDirectory: world.pick(KeySpaces.directoryCount))
            return OperationDraft(kind: .list, ask: Recording.Ask(then: keys.map { .get($0) }))
        case .put: return put(key, if: nil)
        case .swap: return put(key, if: condition(on: key))
        case .delete: return delete(key)
        case .transaction: return transaction()
        case .rangeTransaction: return rangeTransaction()
        case .nestedTransaction: return nestedTransaction()
        case .tree: return tree()
        case .rangeDelete: return rangeDelete()
        case .get, .staleRead, .child, .look, .compaction, .query, .quota:
            return OperationDraft(kind: .get, ask: Recording.Ask(then: [.get(key)]))
        }
    }

    private func condition(on key: Int) -> Recording.Compare.Condition {
        let known = self.known[key]
        if world.pick(8) == 0 { return .exists }
        guard known.value != 0 else { return .absent }
        switch world.pick(6) {
        case 0: return .oneOf(list(endingWith: known.modRevision))
        case 1: return .changedSince(known.modRevision)
        default: return .modRevision(known.modRevision)
        }
    }

    /// A revision after older ones, whatever those were of.
    private func list(endingWith revision: UInt64) -> [UInt64] {
        Array(max(revision, 4) - 3..<revision) + [revision]
    }

    private func put(
        _ key: Int,
        if condition: Recording.Compare.Condition?
    ) -> OperationDraft {
        let value = client.nextValue()
        let put = Put(
            key: history.keys.registers[key],
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

    private func delete(_ key: Int) -> OperationDraft {
        let known = self.known[key]
        let isConditional = known.value != 0 && world.pick(3) == 0
        let wanted: Recording.Compare.Condition =
            isConditional && world.pick(4) == 0
            ? .oneOf(list(endingWith: known.modRevision)) : .modRevision(known.modRevision)
        let command = Command.delete(
            .key(history.keys.registers[key]),
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
    private func transaction() -> OperationDraft {
        let keys = Array(history.keys.keys(ofDirectory: world.pick(KeySpaces.directoryCount)))
        let (first, second) = (keys[world.pick(keys.count)], keys[world.pick(keys.count)])
        var compares = [Recording.Compare(first, belief(in: first))]
        if second != first, world.pick(2) == 0 {
            compares.append(Recording.Compare(second, belief(in: second)))
        }
        let values = [client.nextValue(), client.nextValue()]
        var then: [Recording.Step] = [.put(first, value: values[0])]
        if second != first {
            then.append(world.pick(4) == 0 ? .delete(second) : .put(second, value: values[1]))
        }
        if world.pick(2) == 0 { then.append(.get(keys[world.pick(keys.count)])) }
        let otherwise: [Recording.Step] =
            world.pick(4) == 0 ? [.delete(first), .get(second)] : keys.map { .get($0) }
        let ask = Recording.Ask(
            compares: compares,
            then: then,
            otherwise: otherwise
        )
        return OperationDraft(
            kind: .transaction,
            ask: ask,
            command: .transaction(history.keys.transaction(ask)),
            value: values[0]
        )
    }

    /// The key is as the client saw it last.
    func belief(in key: Int) -> Recording.Compare.Condition {
        let known = self.known[key]
        guard known.value != 0 else { return .absent }
        // Long values would make entries too long for the shortest segments.
        let isShort = !KeySpaces.isLong(known.value)
        return isShort && world.pick(2) == 0 ? .value(known.value) : .modRevision(known.modRevision)
    }
}
