internal import Bytes

extension Keyspace {
    /// Compares, then carries out one of the two lists at one revision; later operations see
    /// earlier ones. Everything that can refuse the whole is found before anything is changed, but
    /// for what the gets find in sum: a branch that both changes and gets is undone for that.
    mutating func carryOut(_ transaction: Transaction, in context: inout ApplyContext)
        throws(Refusal)
        -> Outcome
    {
        for operations in [transaction.then, transaction.otherwise] {
            try check(operations)
        }
        let isMet = isMet(transaction.compares)
        let operations = isMet ? transaction.then : transaction.otherwise
        for case .put(_, _, let lease?) in operations
        where leases.live(lease, at: context.time) == nil {
            throw .notFound(.lease)
        }
        let undo = operations.isUndoable ? self : nil
        store.begin(at: context.time, for: context.audience)
        var found = Found()
        var results: [TransactionResult.OperationResult] = []
        results.reserveCapacity(operations.count)
        for operation in operations {
            guard let result = carryOut(operation, into: &found, in: &context) else {
                if let undo { self = undo } else { _ = store.commit() }
                context.loosened.removeAll()
                let byteCountMax = UInt64(Transaction.resultByteCountMax)
                throw .resultTooLarge(byteCountMax: byteCountMax)
            }
            results.append(result)
            if planted(.transactionInPieces) {
                commit(&context)
                store.begin(at: context.time, for: context.audience)
            }
        }
        commit(&context)
        return .transaction(
            TransactionResult(
                branch: isMet ? .then : .otherwise,
                revision: store.revision,
                results: results
            )
        )
    }

    private func isMet(_ compares: [Transaction.Compare]) -> Bool {
        if planted(.anyCompareSuffices) {
            return compares.isEmpty || compares.contains { $0.holds(for: store.get($0.key)) }
        }
        return compares.allSatisfy { $0.holds(for: store.get($0.key)) }
    }

    /// Throws what the operations' words alone forbid, whichever list is chosen.
    private func check(_ operations: [Transaction.Operation]) throws(Refusal) {
        var puts = SortedMap<Path, Void>()
        for operation in operations {
            switch operation {
            case .put(let key, _, _):
                guard !key.isAtOrBelow(.reserved) else { throw .reservedKey(key) }
                guard puts.insert((), for: key) == nil else { throw .duplicatePut(key) }
            case .delete(let key, _):
                guard !key.isAtOrBelow(.reserved) else { throw .reservedKey(key) }
            case .get: break
            }
        }
    }

    /// What the gets of one transaction found so far.
    private struct Found {
        var recordCount = 0
        var byteCount = 0

        /// Counts a record; false past the bounds.
        mutating func add(_ record: KeyRecord) -> Bool {
            recordCount += 1
            byteCount += record.key.bytes.count + record.value.count
            return recordCount <= Transaction.resultRecordCountMax
                && byteCount <= Transaction.resultByteCountMax
        }
    }

    /// Inside the open change set; nil when a get finds more than may be found.
    private mutating func carryOut(
        _ operation: Transaction.Operation,
        into found: inout Found,
        in context: inout ApplyContext
    ) -> TransactionResult.OperationResult? {
        switch operation {
        case .put(let key, let value, let lease):
            return .put(key: key, write(key, value: value, lease: lease, in: &context))
        case .delete(let key, let extent):
            return .deleted(count: erase(key, extent: extent, in: &context))
        case .get(let key, .key):
            guard let record = store.get(key) else { return .get([]) }
            return found.add(record) ? .get([record]) : nil
        case .get(let key, .subtree):
            let limit = Listing.PageLimit(
                itemCount: Transaction.resultRecordCountMax + 1,
                byteCount: Transaction.resultByteCountMax + 1
            )
            guard let listing = try? store.subtree(of: key, limit: limit) else { return nil }
            var records: [KeyRecord] = []
            records.reserveCapacity(listing.items.count)
            for case let record? in listing.items.map(\.record) {
                guard found.add(record) else { return nil }
                records.append(record)
            }
            return .get(records)
        }
    }
}

extension [Transaction.Operation] {
    /// Whether the list both changes something and may find too much.
    fileprivate var isUndoable: Bool {
        let isGet = { (operation: Transaction.Operation) -> Bool in
            guard case .get = operation else { return false }
            return true
        }
        return contains(where: isGet) && !allSatisfy(isGet)
    }
}

extension Transaction.Compare {
    /// Whether the compare holds for the key as it is, nil when missing.
    fileprivate func holds(for record: KeyRecord?) -> Bool {
        switch target {
        case .version(let wanted): comparison.holds(record?.version ?? 0, wanted: wanted)
        case .createRevision(let wanted):
            comparison.holds(record?.createRevision ?? .zero, wanted: wanted)
        case .modRevision(let wanted):
            comparison.holds(record?.modRevision ?? .zero, wanted: wanted)
        case .lease(let wanted): comparison.holds(record?.lease?.rawValue ?? 0, wanted: wanted)
        case .exists(let wanted): comparison.holds(record == nil ? 0 : 1, wanted: wanted ? 1 : 0)
        case .value(let wanted):
            record.map {
                comparison.holds(ByteValue(bytes: $0.value), wanted: ByteValue(bytes: wanted))
            }
                ?? false
        }
    }

    /// Values in the order of their bytes.
    private struct ByteValue: Comparable {
        let bytes: [UInt8]

        static func < (left: ByteValue, right: ByteValue) -> Bool {
            left.bytes.lexicographicallyPrecedes(right.bytes)
        }
    }
}

extension Transaction.Comparison {
    fileprivate func holds<Value: Comparable>(_ value: Value, wanted: Value) -> Bool {
        switch self {
        case .equal: value == wanted
        case .notEqual: value != wanted
        case .less: value < wanted
        case .greater: value > wanted
        }
    }
}
