internal import Keyspace

/// Reads of ranges that ask for more than all records in the order of keys.
extension KeyUser {
    /// One or two queries, asked in one transaction without conditions.
    func queries() -> [RangeQuery] { (0...world.pick(2)).map { _ in query() } }

    private func query() -> RangeQuery {
        let directory = world.pick(KeySpaces.directoryCount)
        let forms = KeySpaces.RangeForm.allCases
        let range = history.keys.range(ofDirectory: directory, form: forms.pick(&world.chance))
        let fields: [RangeQuery.Field] = [.key, .version, .createRevision, .modRevision, .value]
        return RangeQuery(
            range,
            limit: UInt64(world.pick(4)),
            field: fields.pick(&world.chance),
            direction: world.pick(2) == 0 ? .ascending : .descending,
            content: [.records, .records, .records, .keys, .count].pick(&world.chance),
            modBounds: bounds(),
            createBounds: bounds(),
            revision: world.pick(3) == 0 ? pastRevision() : .zero
        )
    }

    /// One that a member may have forgotten.
    private func pastRevision() -> Revision {
        let newest = history.timeline.revision
        return Revision(rawValue: newest - min(newest - 1, world.random(0...40)))
    }

    /// Most reads have none; some leave out what is old, what is new, or both.
    private func bounds() -> RangeQuery.RevisionBounds {
        switch world.pick(8) {
        case 0: RangeQuery.RevisionBounds(min: pastRevision(), max: .zero)
        case 1: RangeQuery.RevisionBounds(min: .zero, max: pastRevision())
        case 2: RangeQuery.RevisionBounds(min: pastRevision(), max: pastRevision())
        default: .none
        }
    }

    func endQueries(_ queries: [RangeQuery], result: RequestResult) {
        guard case .answered(let answer) = result, case .transaction(let told) = answer.outcome
        else {
            return
        }
        for (query, result) in zip(queries, told.results) {
            guard case .get(let found) = result else { continue }
            client.count(.rangeQuery)
            if query.revision != .zero { client.count(.pastRead) }
            if found.hasMore { client.count(.cutRead) }
            history.rangeReads.append(
                query,
                keys: history.keys.numbers(in: query.range),
                revision: told.revision.rawValue,
                found: found.records.map { record in
                    RangeReadLog.Found(
                        key: history.keys.number(of: record.key),
                        value: query.content == .keys ? 0 : KeySpaces.decode(record.value),
                        modRevision: record.modRevision.rawValue,
                        createRevision: record.createRevision.rawValue,
                        version: record.version
                    )
                },
                count: found.count,
                hasMore: found.hasMore
            )
        }
    }
}
