internal import Keyspace

/// Operations of a key user on many keys at once: ranges, transactions within one another, trees.
extension KeyUser {
    /// A condition on a range of a directory decides between changing and reading it, or some of it.
    func rangeTransaction() -> OperationDraft {
        let directory = world.pick(KeySpaces.directoryCount)
        let range = history.keys.range(
            ofDirectory: directory,
            form: KeySpaces.RangeForm.allCases.pick(&world.chance)
        )
        let keys = history.keys.numbers(in: range)
        let newest = keys.reduce(0) { max($0, known[$1].version) }
        let condition: Recording.Compare.Condition =
            world.pick(3) == 0 ? .absent : .versionBelow(max(newest, 1) + UInt64(world.pick(2)))
        let value = client.nextValue()
        let put = Recording.Step.put(keys[world.pick(keys.count)], value: value)
        let (then, thenSteps): ([Transaction.Operation], [Recording.Step]) =
            world.pick(3) == 0
            ? ([.delete(range, returnsPrevious: true)], keys.map { .delete($0) })
            : ([history.keys.operation(put), .get(query(range))], [put] + keys.map { .get($0) })
        let (otherwise, otherwiseSteps): ([Transaction.Operation], [Recording.Step]) =
            world.pick(3) == 0
            ? ([.delete(range, returnsPrevious: true)], keys.map { .delete($0) })
            : ([.get(query(range))], keys.map { .get($0) })
        let compare = history.keys.compare(Recording.Compare(keys[0], condition))
        let transaction = Transaction(
            compares: [
                Transaction.Compare(range, comparison: compare.comparison, target: compare.target)
            ],
            then: then,
            otherwise: otherwise
        )
        let ask = Recording.Ask(
            compares: keys.map { Recording.Compare($0, condition) },
            then: thenSteps,
            otherwise: otherwiseSteps
        )
        return OperationDraft(
            kind: .rangeTransaction,
            ask: ask,
            command: .transaction(transaction),
            value: value
        )
    }

    private func query(_ range: KeyRange) -> RangeQuery {
        let fields: [RangeQuery.Field] = [.key, .version, .createRevision, .modRevision, .value]
        return RangeQuery(
            range,
            field: fields.pick(&world.chance),
            direction: world.pick(2) == 0 ? .ascending : .descending
        )
    }

    /// A transaction that first changes a key and then, within, asks what that or another was.
    func nestedTransaction() -> OperationDraft {
        let keys = Array(history.keys.keys(ofDirectory: world.pick(KeySpaces.directoryCount)))
        let place = world.pick(keys.count)
        let (first, second) = (keys[place], keys[(place + 1) % keys.count])
        let compares = [Recording.Compare(first, belief(in: first))]
        let asked = world.pick(3) > 0 ? first : second
        let inner = [Recording.Compare(asked, belief(in: asked))]
        let value = client.nextValue()
        let puts: [Recording.Step] = [
            .put(first, value: value), .put(second, value: client.nextValue()),
        ]
        let gets = keys.map { Recording.Step.get($0) }
        let ask = Recording.Ask(
            compares: compares,
            then: puts,
            otherwise: gets,
            inner: Recording.Ask.Inner(compares: inner, otherwise: [puts[0]] + gets)
        )
        let nested = Transaction(
            compares: inner.map(history.keys.compare),
            then: [history.keys.operation(puts[1])],
            otherwise: gets.map(history.keys.operation)
        )
        var within = Transaction.Operation.transaction(nested)
        // They see what was there before the whole, so where the first held, each of them does.
        let depth = world.pick(2) == 0 ? 0 : 1 + world.pick(5)
        for _ in 0..<depth {
            let outer = Transaction(
                compares: compares.map(history.keys.compare),
                then: [within],
                otherwise: []
            )
            within = .transaction(outer)
        }
        if depth > 0 { client.count(.deepTransaction) }
        let transaction = Transaction(
            compares: compares.map(history.keys.compare),
            then: [history.keys.operation(puts[0]), within],
            otherwise: gets.map(history.keys.operation)
        )
        return OperationDraft(
            kind: .nestedTransaction,
            ask: ask,
            command: .transaction(transaction),
            value: value
        )
    }

    /// A range of a directory goes, by itself.
    func rangeDelete() -> OperationDraft {
        let directory = world.pick(KeySpaces.directoryCount)
        let range = history.keys.range(
            ofDirectory: directory,
            form: KeySpaces.RangeForm.allCases.pick(&world.chance)
        )
        return OperationDraft(
            kind: .rangeDelete,
            ask: Recording.Ask(then: history.keys.numbers(in: range).map { .delete($0) }),
            command: .delete(range, condition: .none)
        )
    }
}
