/// How much the reads of one request may still find.
package struct ResultBudget: Sendable {
    private var recordCount: Int
    private var byteCount: Int

    package init(
        recordCount: Int = Transaction.resultRecordCountMax,
        byteCount: Int = Transaction.resultByteCountMax
    ) {
        self.recordCount = recordCount
        self.byteCount = byteCount
    }

    /// Takes a record's part; false when there is not enough left.
    mutating func take(_ record: KeyRecord) -> Bool {
        recordCount -= 1
        byteCount -= record.key.bytes.count + record.value.count
        return recordCount >= 0 && byteCount >= 0
    }
}

extension Store {
    /// What the query finds, changes of an open set included where it names no revision; nil when
    /// that is more than the budget has left.
    ///
    /// - Complexity: O(keys of the range), and O(found · log found) for an order other than the
    ///   keys'. Values are read only of what is told, unless they are sorted by.
    package func read(
        _ query: RangeQuery,
        budget: inout ResultBudget
    ) throws(ReadRefusal) -> RangeResult? {
        let revision = try readable(query.revision == .zero ? nil : query.revision)
        if case .key(let key) = query.range {
            return read(key, query: query, at: revision, budget: &budget)
        }
        if query.content == .count {
            let tag = try tag(of: query.range, at: query.revision == .zero ? nil : revision)
            return RangeResult(records: [], count: tag.keyCount, hasMore: false)
        }
        var candidates: [Candidate] = []
        var count: UInt64 = 0
        var matchCount: UInt64 = 0
        let isNow = query.revision == .zero || isNow(revision)
        var walk = RangeWalk(records, range: query.range)
        while walk.next() {
            let head = walk.read { $0.head(at: revision, archive: archive) }
            guard let head, head.isLive else { continue }
            count += 1
            guard query.selects(head) else { continue }
            matchCount += 1
            // In the order of keys, what lies past the limit is only counted.
            if query.isInOrderOfKeys, query.limit > 0, matchCount > query.limit {
                if query.selectsAll, isNow {
                    count = try tag(of: query.range).keyCount
                    break
                }
                continue
            }
            candidates.append(Candidate(key: walk.key, head: head))
        }
        sort(&candidates, by: query, at: revision)
        let told =
            query.limit == 0 ? candidates[...] : candidates.prefix(Int(clamping: query.limit))
        var found: [KeyRecord] = []
        found.reserveCapacity(min(told.count, Transaction.resultRecordCountMax))
        for candidate in told {
            guard let record = record(candidate.key, at: revision, content: query.content) else {
                continue
            }
            guard budget.take(record) else { return nil }
            found.append(record)
        }
        return RangeResult(
            records: found,
            count: count,
            hasMore: query.limit > 0 && matchCount > query.limit
        )
    }

    private func read(
        _ key: Key,
        query: RangeQuery,
        at revision: Revision,
        budget: inout ResultBudget
    ) -> RangeResult? {
        guard let record = record(key, at: revision, content: query.content) else {
            return RangeResult(all: [])
        }
        guard query.content != .count, query.selects(record) else {
            return RangeResult(records: [], count: 1, hasMore: false)
        }
        return budget.take(record) ? RangeResult(all: [record]) : nil
    }

    /// A key that may be told.
    private struct Candidate {
        let key: Key
        let head: VersionHead
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

    /// Sorts by the query's field; keys of one rank stay in the order of keys, reversed or not.
    private func sort(
        _ candidates: inout [Candidate],
        by query: RangeQuery,
        at revision: Revision
    ) {
        switch query.field {
        case .key: break
        case .version: candidates.sortStably { $0.head.version < $1.head.version }
        case .createRevision:
            candidates.sortStably { $0.head.createRevision < $1.head.createRevision }
        case .modRevision: candidates.sortStably { $0.head.modRevision < $1.head.modRevision }
        case .value:
            let values = candidates.map { candidate in
                ByteValue(
                    bytes: record(candidate.key, at: revision, content: .records)?.value ?? []
                )
            }
            let order = candidates.indices.sorted { left, right in
                values[left] == values[right] ? left < right : values[left] < values[right]
            }
            candidates = order.map { candidates[$0] }
        }
        if query.direction == .descending { candidates.reverse() }
    }
}

extension RangeQuery {
    /// Whether the records are told as a walk finds them.
    fileprivate var isInOrderOfKeys: Bool { field == .key && direction == .ascending }

    /// Whether no bound leaves a record out.
    fileprivate var selectsAll: Bool { modBounds == .none && createBounds == .none }

    fileprivate func selects(_ head: VersionHead) -> Bool {
        modBounds.contains(head.modRevision) && createBounds.contains(head.createRevision)
    }

    fileprivate func selects(_ record: KeyRecord) -> Bool {
        modBounds.contains(record.modRevision) && createBounds.contains(record.createRevision)
    }
}

extension Array {
    /// Sorts so that elements of one rank keep their order.
    fileprivate mutating func sortStably(by precedes: (Element, Element) -> Bool) {
        let order = indices.sorted { left, right in
            if precedes(self[left], self[right]) { return true }
            if precedes(self[right], self[left]) { return false }
            return left < right
        }
        self = order.map { self[$0] }
    }
}
