/// What a transaction came to.
package struct TransactionResult: Hashable, Sendable {
    /// Which list was carried out.
    package enum Branch: UInt8, Hashable, Sendable {
        case then = 0
        case otherwise = 1
    }

    /// What one operation came to.
    package indirect enum OperationResult: Hashable, Sendable {
        /// With the record before, if that was asked for and there was one.
        case put(key: Key, PutResult, previous: KeyRecord?)
        case get(RangeResult)
        /// How many keys there were; their records, in the order of keys, if that was asked for.
        case deleted(count: UInt64, previous: [KeyRecord])
        case transaction(TransactionResult)
    }

    /// `.then` when every compare held.
    package let branch: Branch
    /// The revision of all its changes; without any, the store's.
    package let revision: Revision
    /// One for each operation of the branch, in order.
    package let results: [OperationResult]

    package init(branch: Branch, revision: Revision, results: [OperationResult]) {
        self.branch = branch
        self.revision = revision
        self.results = results
    }
}
