// What a transaction's words alone forbid, whichever branches are chosen.

extension Keyspace {
    func check(_ transaction: Transaction, format: Request.Format) throws(Refusal) {
        let count = transaction.operationCount
        guard count <= settings.transactionOperationCountMax else {
            throw .tooManyOperations(
                count: UInt64(count),
                countMax: settings.transactionOperationCountMax
            )
        }
        try checkWords(of: transaction)
        _ = try TransactionWrites(transaction, format: format)
    }

    private func checkWords(of transaction: Transaction) throws(Refusal) {
        for operation in transaction.then + transaction.otherwise {
            switch operation {
            case .put(let put):
                guard !put.key.isReserved else { throw .reservedKey(put.key) }
                if case .bytes(let value) = put.value { try check(byteCount: value.count) }
            case .delete(let range, _): try checkWritable(range)
            case .get: break
            case .transaction(let nested): try checkWords(of: nested)
            }
        }
    }
}

/// The keys that a transaction puts and the ranges that it deletes, over all branches.
private struct TransactionWrites {
    private(set) var puts = SortedMap<Key, Int>()
    private(set) var deletes: [KeyRange] = []

    /// - Throws: `.duplicatePut` when a branch changes a key twice. What one branch and the other
    ///   change of the same key is no matter: one of them is carried out.
    init(_ transaction: Transaction, format: Request.Format) throws(Refusal) {
        for list in [transaction.then, transaction.otherwise] {
            let branch = try Self(list, format: format)
            for put in branch.puts.elements { puts.insert(0, for: put.key) }
            deletes += branch.deletes
        }
    }

    private init(
        _ operations: [Transaction.Operation],
        format: Request.Format
    ) throws(Refusal) {
        var deletesByPlace: [(place: Int, range: KeyRange)] = []
        for (place, operation) in operations.enumerated() {
            switch operation {
            case .put(let put): try add(put.key, at: place)
            case .delete(let range, _): deletesByPlace.append((place, range))
            case .get: break
            case .transaction(let nested):
                let writes = try Self(nested, format: format)
                for put in writes.puts.elements { try add(put.key, at: place) }
                deletesByPlace += writes.deletes.map { (place, $0) }
            }
        }
        if format >= .second, !deletesByPlace.isEmpty {
            let puts = PutTable(puts)
            for delete in deletesByPlace {
                if let key = puts.first(in: delete.range, notAt: delete.place) {
                    throw .duplicatePut(key)
                }
            }
        }
        deletes = deletesByPlace.map(\.range)
    }

    private mutating func add(_ key: Key, at place: Int) throws(Refusal) {
        if let other = puts.insert(place, for: key), other != place { throw .duplicatePut(key) }
    }
}

/// The keys that the operations of one list put, each with the place of its operation.
private struct PutTable {
    /// In the order of keys.
    private let puts: [SortedMap<Key, Int>.Element]
    /// For each put, the index of the next one that another place puts; the count where there is
    /// none.
    private let nextElsewhere: [Int]

    /// - Complexity: O(puts)
    init(_ map: SortedMap<Key, Int>) {
        let puts = Array(map.elements)
        var next = [Int](repeating: puts.count, count: puts.count)
        for index in puts.indices.dropLast().reversed() {
            let isElsewhere = puts[index].value != puts[index + 1].value
            next[index] = isElsewhere ? index + 1 : next[index + 1]
        }
        self.puts = puts
        nextElsewhere = next
    }

    /// The first key in the range that an operation of another place puts.
    ///
    /// - Complexity: O(log puts)
    func first(in range: KeyRange, notAt place: Int) -> Key? {
        for span in range.spans {
            var index = firstIndex(notBefore: Key(unchecked: span.from))
            if index < puts.count, puts[index].value == place { index = nextElsewhere[index] }
            guard index < puts.count else { continue }
            let key = puts[index].key
            if span.to.map({ key.bytes.lexicographicallyPrecedes($0) }) ?? true { return key }
        }
        return nil
    }

    private func firstIndex(notBefore key: Key) -> Int {
        var low = 0
        var high = puts.count
        while low < high {
            let middle = low + (high - low) / 2
            if puts[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
