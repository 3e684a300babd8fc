/// What a transaction came to.
package struct TransactionResult: Hashable, Sendable {
    /// Which list was carried out.
    package enum Branch: UInt8, Hashable, Sendable {
        case then = 0
        case otherwise = 1
    }

    /// What one operation came to.
    package enum OperationResult: Hashable, Sendable {
        case put(key: Path, PutResult)
        /// In byte order of the keys.
        case get([KeyRecord])
        /// How many keys there were.
        case deleted(count: UInt64)
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
