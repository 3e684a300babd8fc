internal import Keyspace
internal import Wire

extension JSONWriter {
    /// What a transaction came to, its results mirroring its operations.
    init(_ result: TransactionResult, of transaction: Transaction) {
        self.init()
        self.transaction(result, of: transaction)
    }

    private mutating func transaction(_ result: TransactionResult, of transaction: Transaction) {
        beginObject()
        member("succeeded", bool: result.branch == .then)
        member("revision", number: result.revision.rawValue)
        name("results")
        beginArray()
        let operations = result.branch == .then ? transaction.then : transaction.otherwise
        for (operation, result) in zip(operations, result.results) {
            beginObject()
            write(result, of: operation)
            endObject()
        }
        endArray()
        endObject()
    }

    private mutating func write(
        _ result: TransactionResult.OperationResult,
        of operation: Transaction.Operation
    ) {
        switch result {
        case .put(let key, let put, let previous):
            name("put")
            beginObject()
            members(of: put, key: key)
            if let previous {
                name("previous")
                keyObject(previous)
            }
            endObject()
        case .get(let found):
            name("get")
            if case .get(let query) = operation { write(found, content: query.content) }
        case .deleted(let count, let previous):
            name("delete")
            beginObject()
            member("deleted", number: count)
            if case .delete(_, returnsPrevious: true) = operation {
                name("previous")
                records(previous, content: .everything)
            }
            endObject()
        case .transaction(let nested):
            name("txn")
            if case .transaction(let inner) = operation { transaction(nested, of: inner) }
        }
    }

    private mutating func write(_ found: RangeResult, content: RangeQuery.Content) {
        beginObject()
        if content != .count {
            name("items")
            records(found.records, content: content == .keys ? .noValue : .everything)
        }
        member("count", number: found.count)
        if found.hasMore { member("more", bool: true) }
        endObject()
    }

    private mutating func records(_ records: [KeyRecord], content: KeyContent) {
        beginArray()
        for record in records { keyObject(record, content: content) }
        endArray()
    }
}
