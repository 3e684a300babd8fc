internal import Bytes

extension Keyspace {
    /// Compares, then carries out one of the two lists at one revision; later operations see
    /// earlier ones. Everything that can refuse the whole is found before anything is changed, but
    /// for what the operations look at and find in sum, and what they grow the data by: a branch
    /// that both changes and looks may be undone for that, and one that comes near the quota.
    ///
    /// - Parameter format: what the request's bytes mean.
    mutating func carryOut(
        _ transaction: Transaction,
        format: Request.Format,
        in context: inout ApplyContext
    ) throws(Refusal) -> Outcome {
        try check(transaction, format: format)
        var budget = TransactionBudget(format: format)
        let choice = try choose(transaction, budget: &budget)
        try check(choice, of: transaction, in: &context)
        let mayExceed = mayExceedQuota(choice, of: transaction)
        let fullSubtrees = subtreesInDoubt(choice, of: transaction)
        let isDoubtful = mayExceed || !fullSubtrees.isEmpty
        let undo = transaction.isUndoable || isDoubtful ? self : nil
        store.begin(as: context.stamp, for: context.audience)
        do throws(Refusal) {
            let result = try carryOut(transaction, choice: choice, budget: &budget, in: &context)
            if let undo, mayExceed { try checkRoom(growingFrom: undo.store.byteCount) }
            if let undo { try checkSubtrees(fullSubtrees, since: undo.store.quotas) }
            commit(&context)
            return .transaction(result.at(store.revision))
        } catch {
            if let undo { self = undo } else { _ = store.commit() }
            context.loosened.removeAll()
            throw error
        }
    }

    /// Which branch of a transaction is carried out, and of those nested in that branch.
    private struct Choice {
        let branch: TransactionResult.Branch
        /// One for each nested transaction of the branch, in order.
        let nested: [Choice]
    }

    /// Compares as the store is now: nested transactions see the state before the whole.
    ///
    /// - Throws: `.tooManyLooks`.
    /// - Complexity: O(keys of the compared ranges)
    private func choose(
        _ transaction: Transaction,
        budget: inout TransactionBudget
    ) throws(Refusal) -> Choice {
        let branch: TransactionResult.Branch =
            try isMet(transaction.compares, budget: &budget) ? .then : .otherwise
        var nested: [Choice] = []
        for case .transaction(let transaction) in transaction[branch] {
            nested.append(try choose(transaction, budget: &budget))
        }
        return Choice(branch: branch, nested: nested)
    }

    private func isMet(
        _ compares: [Transaction.Compare],
        budget: inout TransactionBudget
    ) throws(Refusal) -> Bool {
        // The first compare that comes to this decides.
        let deciding = planted(.anyCompareSuffices)
        for compare in compares {
            guard try store.isMet(compare, budget: &budget) != deciding else { return deciding }
        }
        return compares.isEmpty || !deciding
    }

    /// Throws what the chosen operations need and the state does not give.
    private func check(
        _ choice: Choice,
        of transaction: Transaction,
        in context: inout ApplyContext
    ) throws(Refusal) {
        var nested = choice.nested[...]
        for operation in transaction[choice.branch] {
            switch operation {
            case .put(let put): try check(put, in: &context)
            case .get(let query) where query.revision != .zero:
                do throws(ReadRefusal) { try store.check(query.revision) } catch {
                    throw Refusal(error)
                }
            case .get, .delete: break
            case .transaction(let transaction):
                guard let choice = nested.popFirst() else { break }
                try check(choice, of: transaction, in: &context)
            }
        }
    }

    private func check(
        _ put: Transaction.PutOperation,
        in context: inout ApplyContext
    ) throws(Refusal) {
        if case .lease(let lease) = put.lease { try checkTie(to: lease, in: &context) }
        guard put.value == .kept || put.lease == .kept, !store.isLive(put.key) else { return }
        throw .nothingToKeep(put.key)
    }

    /// Whether it takes the chosen operations' being carried out to know that they fit under the quota.
    private func mayExceedQuota(_ choice: Choice, of transaction: Transaction) -> Bool {
        settings.quotaByteCount > 0 && !planted(.quotaIgnoresTransactions)
            && !hasRoom(growth: growthMax(of: choice, in: transaction))
    }

    /// The paths of quotas of which it takes the chosen operations' being carried out to know that
    /// they leave room.
    private func subtreesInDoubt(_ choice: Choice, of transaction: Transaction) -> [Key] {
        guard !store.quotas.isEmpty else { return [] }
        var growth = QuotaGrowth()
        addGrowthMax(of: choice, in: transaction, to: &growth)
        return growth.refusals(by: store.quotas).map(\.path)
    }

    /// Adds at most what the chosen operations grow subtrees by.
    private func addGrowthMax(
        of choice: Choice,
        in transaction: Transaction,
        to growth: inout QuotaGrowth
    ) {
        var nested = choice.nested[...]
        for operation in transaction[choice.branch] {
            switch operation {
            case .put(let put):
                guard case .bytes(let value) = put.value else { continue }
                let most = SubtreeSize(
                    keyCount: 1,
                    byteCount: put.key.bytes.count + value.count
                )
                growth.add(most, at: put.key, under: store.quotas)
            case .transaction(let transaction):
                if planted(.quotaSubtreeTransaction) { continue }
                guard let choice = nested.popFirst() else { continue }
                addGrowthMax(of: choice, in: transaction, to: &growth)
            case .get, .delete: break
            }
        }
    }

    /// At most what the chosen operations grow keys and values by, in bytes.
    private func growthMax(of choice: Choice, in transaction: Transaction) -> Int {
        var nested = choice.nested[...]
        var sum = 0
        for operation in transaction[choice.branch] {
            switch operation {
            case .put(let put):
                if case .bytes(let value) = put.value { sum += put.key.bytes.count + value.count }
            case .transaction(let transaction):
                if let choice = nested.popFirst() { sum += growthMax(of: choice, in: transaction) }
            case .get, .delete: break
            }
        }
        return sum
    }

    /// Inside the open change set. The revision of the result is not known before the end.
    ///
    /// - Throws: `.tooManyLooks` or `.resultTooLarge`, with some of it done.
    private mutating func carryOut(
        _ transaction: Transaction,
        choice: Choice,
        budget: inout TransactionBudget,
        in context: inout ApplyContext
    ) throws(Refusal) -> TransactionResult {
        var nested = choice.nested[...]
        var results: [TransactionResult.OperationResult] = []
        let operations = transaction[choice.branch]
        results.reserveCapacity(operations.count)
        for operation in operations {
            if case .transaction(let transaction) = operation {
                guard var choice = nested.popFirst() else {
                    unreachable("a nested transaction without a choice")
                }
                if planted(.nestedCompareSeesBranch) {
                    choice = try choose(transaction, budget: &budget)
                }
                let result = try carryOut(
                    transaction,
                    choice: choice,
                    budget: &budget,
                    in: &context
                )
                results.append(.transaction(result))
            } else {
                results.append(try carryOut(operation, budget: &budget, in: &context))
            }
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
        budget: inout TransactionBudget,
        in context: inout ApplyContext
    ) throws(Refusal) -> TransactionResult.OperationResult {
        switch operation {
        case .put(let put):
            let before = put.needsPrevious ? store.get(put.key) : nil
            if put.returnsPrevious, let before { try budget.find(before) }
            let result = write(
                put.key,
                value: put.newValue(before: before),
                lease: put.newLease(before: before),
                in: &context
            )
            return .put(key: put.key, result, previous: put.returnsPrevious ? before : nil)
        case .delete(let range, let returnsPrevious):
            let removed = try erase(range, budget: &budget, in: &context)
            if returnsPrevious { for record in removed { try budget.find(record) } }
            return .deleted(
                count: UInt64(removed.count),
                previous: returnsPrevious ? removed : []
            )
        case .get(let query): return .get(try store.read(query, budget: &budget))
        case .transaction: unreachable("a nested transaction as one operation")
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

    /// Whether a branch both changes something and may look at or find too much.
    fileprivate var isUndoable: Bool { then.areUndoable || otherwise.areUndoable }
}

extension [Transaction.Operation] {
    fileprivate var areUndoable: Bool { contains(where: \.looks) && contains(where: \.changes) }
}

extension Transaction.Operation {
    /// Whether what it looks at or finds may be too much.
    fileprivate var looks: Bool {
        switch self {
        case .put(let put): put.returnsPrevious
        case .get: true
        case .delete(.key, let returnsPrevious): returnsPrevious
        case .delete: true
        case .transaction(let nested): (nested.then + nested.otherwise).contains(where: \.looks)
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
