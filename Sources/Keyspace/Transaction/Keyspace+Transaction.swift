internal import Bytes

extension Keyspace {
    /// Compares, then carries out one of the two lists at one revision; later operations see
    /// earlier ones. Everything that can refuse the whole is found before anything is changed, but
    /// for what the operations find in sum: a branch that both changes and finds is undone for that.
    ///
    /// - Parameter format: what the request's bytes mean.
    mutating func carryOut(
        _ transaction: Transaction,
        format: Request.Format,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        try check(transaction, format: format)
        let choice = choose(transaction)
        try check(choice, of: transaction, context: context)
        let undo = transaction.isUndoable ? self : nil
        store.begin(as: context.stamp, for: context.audience)
        var budget = ResultBudget()
        let result = carryOut(transaction, choice: choice, budget: &budget, in: &context)
        guard let result else {
            if let undo { self = undo } else { _ = store.commit() }
            context.loosened.removeAll()
            throw .resultTooLarge(byteCountMax: UInt64(Transaction.resultByteCountMax))
        }
        commit(&context)
        return .transaction(result.at(store.revision))
    }

    /// Which branch of a transaction is carried out, and of those nested in that branch.
    private struct Choice {
        let branch: TransactionResult.Branch
        /// One for each nested transaction of the branch, in order.
        let nested: [Choice]
    }

    /// Compares as the store is now: nested transactions see the state before the whole.
    ///
    /// - Complexity: O(keys of the compared ranges)
    private func choose(_ transaction: Transaction) -> Choice {
        let branch: TransactionResult.Branch =
            isMet(transaction.compares) ? .then : .otherwise
        let nested = transaction[branch].compactMap { operation -> Choice? in
            guard case .transaction(let nested) = operation else { return nil }
            return choose(nested)
        }
        return Choice(branch: branch, nested: nested)
    }

    private func isMet(_ compares: [Transaction.Compare]) -> Bool {
        if planted(.anyCompareSuffices) {
            return compares.isEmpty || compares.contains { store.isMet($0) }
        }
        return compares.allSatisfy { store.isMet($0) }
    }

    /// Throws what the chosen operations need and the state does not give.
    private func check(
        _ choice: Choice,
        of transaction: Transaction,
        context: ApplyContext
    ) throws(Refusal) {
        var nested = choice.nested[...]
        for operation in transaction[choice.branch] {
            switch operation {
            case .put(let put): try check(put, context: context)
            case .get(let query) where query.revision != .zero:
                do throws(ReadRefusal) { try store.check(query.revision) } catch {
                    throw Refusal(error)
                }
            case .get, .delete: break
            case .transaction(let transaction):
                guard let choice = nested.popFirst() else { break }
                try check(choice, of: transaction, context: context)
            }
        }
    }

    private func check(
        _ put: Transaction.PutOperation,
        context: ApplyContext
    ) throws(Refusal) {
        if case .lease(let lease) = put.lease, leases.live(lease, at: context.time) == nil {
            throw .notFound(.lease)
        }
        guard put.value == .kept || put.lease == .kept, !store.isLive(put.key) else { return }
        throw .nothingToKeep(put.key)
    }

    /// Inside the open change set; nil when more is found than may be. The revision of the result
    /// is not known before the end.
    private mutating func carryOut(
        _ transaction: Transaction,
        choice: Choice,
        budget: inout ResultBudget,
        in context: inout ApplyContext
    ) -> TransactionResult? {
        var nested = choice.nested[...]
        var results: [TransactionResult.OperationResult] = []
        let operations = transaction[choice.branch]
        results.reserveCapacity(operations.count)
        for operation in operations {
            let result: TransactionResult.OperationResult?
            if case .transaction(let transaction) = operation {
                guard var choice = nested.popFirst() else { return nil }
                if planted(.nestedCompareSeesBranch) { choice = choose(transaction) }
                result = carryOut(transaction, choice: choice, budget: &budget, in: &context)
                    .map { .transaction($0) }
            } else {
                result = carryOut(operation, budget: &budget, in: &context)
            }
            guard let result else { return nil }
            results.append(result)
            if planted(.transactionInPieces) {
                commit(&context)
                store.begin(as: context.stamp, for: context.audience)
            }
        }
        return TransactionResult(branch: choice.branch, revision: .zero, results: results)
    }

    /// One operation that is no transaction.
    private mutating func carryOut(
        _ operation: Transaction.Operation,
        budget: inout ResultBudget,
        in context: inout ApplyContext
    ) -> TransactionResult.OperationResult? {
        switch operation {
        case .put(let put):
            let before = put.needsPrevious ? store.get(put.key) : nil
            if put.returnsPrevious, let before {
                guard budget.take(before) else { return nil }
            }
            let result = write(
                put.key,
                value: put.newValue(before: before),
                lease: put.newLease(before: before),
                in: &context
            )
            return .put(key: put.key, result, previous: put.returnsPrevious ? before : nil)
        case .delete(let range, let returnsPrevious):
            let removed = erase(range, in: &context)
            if returnsPrevious {
                for record in removed { guard budget.take(record) else { return nil } }
            }
            return .deleted(
                count: UInt64(removed.count),
                previous: returnsPrevious ? removed : []
            )
        case .get(let query):
            guard let result = try? store.read(query, budget: &budget) else { return nil }
            return .get(result)
        case .transaction: return nil
        }
    }
}

extension Transaction {
    fileprivate subscript(branch: TransactionResult.Branch) -> [Operation] {
        switch branch {
        case .then: then
        case .otherwise: otherwise
        }
    }

    /// Whether a branch both changes something and may find too much.
    fileprivate var isUndoable: Bool { then.areUndoable || otherwise.areUndoable }
}

extension [Transaction.Operation] {
    fileprivate var areUndoable: Bool { contains(where: \.finds) && contains(where: \.changes) }
}

extension Transaction.Operation {
    fileprivate var finds: Bool {
        switch self {
        case .put(let put): put.returnsPrevious
        case .get: true
        case .delete(_, let returnsPrevious): returnsPrevious
        case .transaction(let nested): (nested.then + nested.otherwise).contains(where: \.finds)
        }
    }

    fileprivate var changes: Bool {
        switch self {
        case .put, .delete: true
        case .get: false
        case .transaction(let nested): (nested.then + nested.otherwise).contains(where: \.changes)
        }
    }
}

extension Transaction.PutOperation {
    fileprivate var needsPrevious: Bool { returnsPrevious || value == .kept || lease == .kept }

    fileprivate func newValue(before: KeyRecord?) -> [UInt8] {
        switch value {
        case .bytes(let bytes): bytes
        case .kept: before?.value ?? []
        }
    }

    fileprivate func newLease(before: KeyRecord?) -> LeaseID? {
        switch lease {
        case .none: nil
        case .lease(let id): id
        case .kept: before?.lease
        }
    }
}

extension TransactionResult {
    /// The same with the revision that the whole got.
    fileprivate func at(_ revision: Revision) -> TransactionResult {
        let results = results.map { result -> OperationResult in
            guard case .transaction(let nested) = result else { return result }
            return .transaction(nested.at(revision))
        }
        return TransactionResult(branch: branch, revision: revision, results: results)
    }
}

extension Refusal {
    /// Why a read cannot be answered, as a command's refusal.
    init(_ refusal: ReadRefusal) {
        switch refusal {
        case .compacted(let oldest): self = .compacted(oldest)
        case .futureRevision(let asked, let current):
            self = .futureRevision(asked: asked, current: current)
        }
    }
}
