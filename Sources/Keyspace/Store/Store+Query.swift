extension Store {
    /// What the query finds, changes of an open set included where it names no revision.
    ///
    /// - Throws: `.tooManyLooks` or `.resultTooLarge` when that is more than the budget has left;
    ///   why the revision cannot be read.
    /// - Complexity: O(keys of the range), and O(log told) for each in an order other than the keys'.
    ///   Values are read only of what is told, unless they are sorted by.
    package func read(
        _ query: RangeQuery,
        budget: inout TransactionBudget
    ) throws(Refusal) -> RangeResult {
        let revision = try revision(of: query)
        if case .key(let key) = query.range {
            try budget.look()
            return try read(key, query: query, at: revision, budget: &budget)
        }
        var selection = QuerySelection(query)
        let count =
            query.content == .count && isNow(query)
            ? newestTag(of: query.range).keyCount
            : try select(&selection, at: revision, budget: &budget)
        var found: [KeyRecord] = []
        let told = selection.told()
        found.reserveCapacity(told.count)
        for key in told {
            guard let record = record(key, at: revision, content: query.content) else { continue }
            try budget.find(record)
            found.append(record)
        }
        return RangeResult(records: found, count: count, hasMore: selection.isCut)
    }

    private func revision(of query: RangeQuery) throws(Refusal) -> Revision {
        do throws(ReadRefusal) {
            return try readable(query.revision == .zero ? nil : query.revision)
        } catch {
            throw Refusal(error)
        }
    }

    /// Whether the query sees exactly what is there, changes of an open set included.
    private func isNow(_ query: RangeQuery) -> Bool {
        query.revision == .zero || isNow(query.revision)
    }

    /// Walks the range; how many of its keys have a value at `revision`.
    private func select(
        _ selection: inout QuerySelection,
        at revision: Revision,
        budget: inout TransactionBudget
    ) throws(Refusal) -> UInt64 {
        let query = selection.query
        var count: UInt64 = 0
        var walk = RangeWalk(records, range: query.range)
        while walk.next() {
            let (head, isPast) = walk.read {
                ($0.head(at: revision, archive: archive), $0.current.modRevision > revision)
            }
            try budget.look(isPast ? TransactionBudget.pastLookCount : 1)
            guard let head, head.isLive else { continue }
            count += 1
            guard query.selects(head) else { continue }
            // In the order of keys, what lies past the limit is only counted.
            if selection.isComplete {
                selection.cut()
                guard query.selectsAll, isNow(query) else { continue }
                return newestTag(of: query.range).keyCount
            }
            var value: [UInt8] = []
            if !query.isInOrderOfKeys { try budget.look(TransactionBudget.sortLookCount) }
            if query.field == .value {
                try budget.look(sortedByteCount: head.valueByteCount)
                value = walk.read { $0.version(at: revision, archive: archive)?.value } ?? []
            }
            selection.add(walk.key, head: head, value: value)
            try budget.check(recordCount: selection.toldCount)
        }
        return count
    }

    private func read(
        _ key: Key,
        query: RangeQuery,
        at revision: Revision,
        budget: inout TransactionBudget
    ) throws(Refusal) -> RangeResult {
        guard let record = record(key, at: revision, content: query.content) else {
            return RangeResult(all: [])
        }
        guard query.content != .count, query.selects(record) else {
            return RangeResult(records: [], count: 1, hasMore: false)
        }
        try budget.find(record)
        return RangeResult(all: [record])
    }

    private func record(
        _ key: Key,
        at revision: Revision,
        content: RangeQuery.Content
    ) -> KeyRecord? {
        let version = records.read(key.bytes) { $0.version(at: revision, archive: archive) }
        guard var version = version ?? nil else { return nil }
        if content == .keys { version.value = [] }
        return version.record(key: key, authors: authors)
    }
}

extension RangeQuery {
    /// Whether the records are told as a walk finds them.
    var isInOrderOfKeys: Bool { field == .key && direction == .ascending }

    /// Whether no bound leaves a record out.
    fileprivate var selectsAll: Bool { modBounds == .none && createBounds == .none }

    /// Whether the record may be told.
    fileprivate func selects(_ head: VersionHead) -> Bool {
        content != .count && modBounds.contains(head.modRevision)
            && createBounds.contains(head.createRevision)
    }

    fileprivate func selects(_ record: KeyRecord) -> Bool {
        modBounds.contains(record.modRevision) && createBounds.contains(record.createRevision)
    }
}
