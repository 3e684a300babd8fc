import Bytes

@testable import Keyspace

// What a transaction means: conditions on the state before the whole, steps on the state as each
// finds it, all or nothing.

extension HistoryModel {
    /// What a transaction comes to.
    enum Verdict: Equatable {
        case result(TransactionResult)
        case refused(Refusal)
        /// Refused for a key that is changed twice; any of these may be named.
        case changedTwice(Set<Key>)
    }

    /// - Parameters:
    ///   - leases: those that live.
    ///   - marks: what the versions written say of themselves.
    mutating func run(
        _ transaction: Transaction,
        leases: Set<LeaseID>,
        operationCountMax: Int,
        marks: Provenance
    ) -> Verdict {
        let count = Self.operationCount(transaction)
        guard count <= operationCountMax else {
            return .refused(
                .tooManyOperations(count: UInt64(count), countMax: UInt64(operationCountMax))
            )
        }
        if let refusal = Self.forbiddenWord(transaction) { return .refused(refusal) }
        let twice = Self.changedTwice(transaction)
        guard twice.isEmpty else { return .changedTwice(twice) }
        if let refusal = missing(transaction, leases: leases) { return .refused(refusal) }
        let before = self
        begin(marks)
        let result = carryOut(transaction, before: before)
        commit()
        return .result(Self.stamped(result, revision: revision))
    }

    // MARK: Refusals

    private static func operationCount(_ transaction: Transaction) -> Int {
        var count = 0
        for operation in transaction.then + transaction.otherwise {
            count += 1
            if case .transaction(let nested) = operation { count += operationCount(nested) }
        }
        return count
    }

    private static func forbiddenWord(_ transaction: Transaction) -> Refusal? {
        for operation in transaction.then + transaction.otherwise {
            switch operation {
            case .put(let put) where isReserved(put.key.bytes): return .reservedKey(put.key)
            case .delete(let range, _) where isReserved(range.lowerBound):
                return .reservedKey(Key(unchecked: range.lowerBound))
            case .transaction(let nested):
                if let refusal = forbiddenWord(nested) { return refusal }
            case .put, .get, .delete: break
            }
        }
        return nil
    }

    /// What an operation may change, whichever branches are chosen.
    private static func writes(
        of operation: Transaction.Operation
    ) -> (puts: Set<Key>, deletes: [KeyRange]) {
        switch operation {
        case .put(let put): return ([put.key], [])
        case .delete(let range, _): return ([], [range])
        case .get: return ([], [])
        case .transaction(let nested):
            var all: (puts: Set<Key>, deletes: [KeyRange]) = ([], [])
            for operation in nested.then + nested.otherwise {
                let writes = writes(of: operation)
                all.puts.formUnion(writes.puts)
                all.deletes += writes.deletes
            }
            return all
        }
    }

    /// The keys that one step of a list puts and another of the same list puts or deletes.
    private static func changedTwice(_ transaction: Transaction) -> Set<Key> {
        var twice: Set<Key> = []
        for list in [transaction.then, transaction.otherwise] {
            for (place, operation) in list.enumerated() {
                if case .transaction(let nested) = operation {
                    twice.formUnion(changedTwice(nested))
                }
                let one = writes(of: operation)
                for (otherPlace, other) in list.enumerated() where otherPlace != place {
                    let other = writes(of: other)
                    for key in one.puts {
                        let isDeleted = other.deletes.contains { contains(key, in: $0) }
                        if isDeleted || other.puts.contains(key) { twice.insert(key) }
                    }
                }
            }
        }
        return twice
    }

    /// What the chosen steps need and the state does not give.
    private func missing(_ transaction: Transaction, leases: Set<LeaseID>) -> Refusal? {
        let list = isMet(transaction) ? transaction.then : transaction.otherwise
        for operation in list {
            switch operation {
            case .put(let put):
                if case .lease(let id) = put.lease, !leases.contains(id) {
                    return .notFound(.lease)
                }
                let isKept = put.value == .kept || put.lease == .kept
                if isKept, !current.contains(where: { $0.key == put.key }) {
                    return .nothingToKeep(put.key)
                }
            case .get(let query):
                do throws(ReadRefusal) { _ = try state(at: query.revision) } catch {
                    switch error {
                    case .compacted(let oldest): return .compacted(oldest)
                    case .futureRevision(let asked, let current):
                        return .futureRevision(asked: asked, current: current)
                    }
                }
            case .delete: break
            case .transaction(let nested):
                if let refusal = missing(nested, leases: leases) { return refusal }
            }
        }
        return nil
    }

    // MARK: Compares

    private func isMet(_ transaction: Transaction) -> Bool {
        transaction.compares.allSatisfy { compare in
            let records = current.filter { Self.contains($0.key, in: compare.range) }
            guard records.isEmpty else {
                return records.allSatisfy { isMet(compare, key: $0.key, record: $0) }
            }
            guard case .key(let key) = compare.range else {
                return isMet(compare, key: nil, record: nil)
            }
            return isMet(compare, key: key, record: nil)
        }
    }

    /// - Parameter key: nil for the missing key that an empty range stands for.
    private func isMet(_ compare: Transaction.Compare, key: Key?, record: KeyRecord?) -> Bool {
        switch compare.target {
        case .version(let wanted):
            return Self.stands(record?.version ?? 0, wanted, by: compare.comparison)
        case .createRevision(let wanted):
            let revision = record?.createRevision.rawValue ?? 0
            return Self.stands(revision, wanted.rawValue, by: compare.comparison)
        case .modRevision(let wanted):
            let revision = record?.modRevision.rawValue ?? 0
            return Self.stands(revision, wanted.rawValue, by: compare.comparison)
        case .lease(let wanted):
            return Self.stands(record?.lease?.rawValue ?? 0, wanted, by: compare.comparison)
        case .exists(let wanted):
            return Self.stands(record == nil ? 0 : 1, wanted ? 1 : 0, by: compare.comparison)
        case .childVersion(let wanted):
            let version = key.flatMap { childVersions[$0] } ?? 0
            return Self.stands(version, wanted, by: compare.comparison)
        case .value(let wanted):
            guard let value = record?.value else { return false }
            switch compare.comparison {
            case .equal: return value == wanted
            case .notEqual: return value != wanted
            case .less: return value.lexicographicallyPrecedes(wanted)
            case .greater: return wanted.lexicographicallyPrecedes(value)
            }
        }
    }

    private static func stands(
        _ number: UInt64,
        _ wanted: UInt64,
        by comparison: Transaction.Comparison
    ) -> Bool {
        switch comparison {
        case .equal: number == wanted
        case .notEqual: number != wanted
        case .less: number < wanted
        case .greater: number > wanted
        }
    }

    // MARK: Steps

    /// - Parameter before: the state before the whole, which every compare is about.
    private mutating func carryOut(
        _ transaction: Transaction,
        before: HistoryModel
    ) -> TransactionResult {
        let isMet = before.isMet(transaction)
        var results: [TransactionResult.OperationResult] = []
        for operation in isMet ? transaction.then : transaction.otherwise {
            switch operation {
            case .put(let put): results.append(carryOut(put))
            case .get(let query):
                results.append(.get((try? read(query)) ?? RangeResult(all: [])))
            case .delete(let range, let returnsPrevious):
                let gone = delete(range)
                let previous = returnsPrevious ? gone : []
                results.append(.deleted(count: UInt64(gone.count), previous: previous))
            case .transaction(let nested):
                results.append(.transaction(carryOut(nested, before: before)))
            }
        }
        return TransactionResult(
            branch: isMet ? .then : .otherwise,
            revision: .zero,
            results: results
        )
    }

    private mutating func carryOut(
        _ put: Transaction.PutOperation
    ) -> TransactionResult.OperationResult {
        let previous = current.first { $0.key == put.key }
        let value: [UInt8]
        switch put.value {
        case .bytes(let bytes): value = bytes
        case .kept: value = previous?.value ?? []
        }
        let lease: LeaseID?
        switch put.lease {
        case .none: lease = nil
        case .lease(let id): lease = id
        case .kept: lease = previous?.lease
        }
        let record = self.put(put.key, value: value, lease: lease)
        let result = PutResult(
            revision: record.modRevision,
            createRevision: record.createRevision,
            version: record.version,
            lease: lease
        )
        return .put(key: put.key, result, previous: put.returnsPrevious ? previous : nil)
    }

    /// The same with the revision that the whole got.
    private static func stamped(
        _ result: TransactionResult,
        revision: Revision
    ) -> TransactionResult {
        let results = result.results.map { result -> TransactionResult.OperationResult in
            guard case .transaction(let nested) = result else { return result }
            return .transaction(stamped(nested, revision: revision))
        }
        return TransactionResult(branch: result.branch, revision: revision, results: results)
    }
}
