/// Compares, then one of two lists of operations, all at one revision.
package struct Transaction: Hashable, Sendable {
    /// How deep transactions may be nested, the outermost counted.
    package static let depthMax = 16

    /// The most that all results of one transaction may have, keys and values together, in bytes.
    package static let resultByteCountMax = 4 << 20

    /// The most records that all results of one transaction may have.
    package static let resultRecordCountMax = 10_000

    /// The most looks of one transaction: keys that its compares, gets and deletes of ranges walk,
    /// counted as in `TransactionBudget`. A member applies nothing else meanwhile: 40 to 100 ms.
    package static let lookCountMax = 500_000

    /// How the key's part stands to the target, in that order.
    package enum Comparison: UInt8, Hashable, Sendable {
        case equal = 0
        case notEqual = 1
        case less = 2
        case greater = 3
    }

    /// What is compared; a missing key compares as 0, and any value compare on it is false.
    package enum Target: Hashable, Sendable {
        case version(UInt64)
        case createRevision(Revision)
        case modRevision(Revision)
        case value([UInt8])
        /// 0 is no lease.
        case lease(UInt64)
        case exists(Bool)
        /// How often a child of the key came or went.
        case childVersion(UInt64)
    }

    /// A condition on one part of the keys of a range: true when true of each that has a value. A
    /// range without any compares as one missing key.
    package struct Compare: Hashable, Sendable {
        /// The keys that are looked at.
        package let range: KeyRange
        /// How each must stand to the target.
        package let comparison: Comparison
        /// The part, and what it is compared with.
        package let target: Target

        package init(_ range: KeyRange, comparison: Comparison, target: Target) {
            self.range = range
            self.comparison = comparison
            self.target = target
        }
    }

    /// A put within a transaction.
    package struct PutOperation: Hashable, Sendable {
        /// What becomes of the key's value.
        package enum Value: Hashable, Sendable {
            case bytes([UInt8])
            /// The key keeps the value it has, and must be there.
            case kept
        }

        /// What becomes of the key's lease.
        package enum Lease: Hashable, Sendable {
            case none
            case lease(LeaseID)
            /// The key keeps the lease it has, and must be there.
            case kept
        }

        package let key: Key
        package let value: Value
        package let lease: Lease
        /// Whether the result has the record before.
        package let returnsPrevious: Bool

        package init(key: Key, value: Value, lease: Lease, returnsPrevious: Bool) {
            self.key = key
            self.value = value
            self.lease = lease
            self.returnsPrevious = returnsPrevious
        }
    }

    /// One step; later ones see what earlier ones did, but for the compares of a nested
    /// transaction: they see the state before the whole.
    package indirect enum Operation: Hashable, Sendable {
        case put(PutOperation)
        case get(RangeQuery)
        case delete(KeyRange, returnsPrevious: Bool)
        case transaction(Transaction)
    }

    /// All must hold for `then`.
    package let compares: [Compare]
    /// Carried out when every compare holds.
    package let then: [Operation]
    /// Carried out when one does not.
    package let otherwise: [Operation]

    package init(compares: [Compare], then: [Operation], otherwise: [Operation]) {
        self.compares = compares
        self.then = then
        self.otherwise = otherwise
    }

    /// How many operations there are in both lists, nested ones included.
    package var operationCount: Int { Self.count(then) + Self.count(otherwise) }

    private static func count(_ operations: [Operation]) -> Int {
        operations.reduce(0) { sum, operation in
            guard case .transaction(let nested) = operation else { return sum + 1 }
            return sum + 1 + nested.operationCount
        }
    }
}

extension Transaction.Operation {
    /// A put of a value and a lease, without the record before.
    package static func put(key: Key, value: [UInt8], lease: LeaseID?) -> Self {
        .put(
            Transaction.PutOperation(
                key: key,
                value: .bytes(value),
                lease: lease.map { .lease($0) } ?? .none,
                returnsPrevious: false
            )
        )
    }

    /// A delete without the records before.
    package static func delete(_ range: KeyRange) -> Self {
        .delete(range, returnsPrevious: false)
    }
}
