/// Compares, then one of two lists of operations, all at one revision.
package struct Transaction: Hashable, Sendable {
    /// The most operations in either list, and the most compares.
    package static let operationCountMax = 128

    /// The most that all gets of one transaction may find, keys and values together, in bytes.
    package static let resultByteCountMax = 4 << 20

    /// The most records that all gets of one transaction may find.
    package static let resultRecordCountMax = 10_000

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
    }

    /// A condition on one part of one key.
    package struct Compare: Hashable, Sendable {
        /// The key that is looked at.
        package let key: Path
        /// How it must stand to the target.
        package let comparison: Comparison
        /// The part, and what it is compared with.
        package let target: Target

        package init(key: Path, comparison: Comparison, target: Target) {
            self.key = key
            self.comparison = comparison
            self.target = target
        }
    }

    /// One step; later ones see what earlier ones did.
    package enum Operation: Hashable, Sendable {
        case put(key: Path, value: [UInt8], lease: LeaseID?)
        case get(key: Path, extent: Extent)
        case delete(key: Path, extent: Extent)
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
}
