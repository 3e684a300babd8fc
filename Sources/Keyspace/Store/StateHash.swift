package import Bytes

/// A multiset hash: the sum of the hashes of a state's items. Adding and removing items in any
/// order gives the same value for the same state, so it is kept up to date with each change and
/// never computed anew.
package struct StateHash: Hashable, Sendable {
    /// The sum, modulo 2^128.
    package private(set) var rawValue: UInt128

    /// The hash of a state with no items.
    package init() { rawValue = 0 }

    package init(rawValue: UInt128) { self.rawValue = rawValue }

    /// An item came into the state.
    package mutating func add(_ item: StableHash) { rawValue &+= item.value }

    /// An item left the state; it must hash as it did when it came.
    package mutating func remove(_ item: StableHash) { rawValue &-= item.value }

    /// The items of another part of the state, whose seeds differ from this part's.
    package mutating func add(_ part: StateHash) { rawValue &+= part.rawValue }

    /// The items of a part that left the state.
    package mutating func remove(_ part: StateHash) { rawValue &-= part.rawValue }
}

/// The seeds of the store's kinds of items; other parts of the state choose theirs above 255.
enum StoreHashSeed {
    static let version: UInt64 = 1
    static let event: UInt64 = 2
    static let directory: UInt64 = 3
    static let childCount: UInt64 = 4
    static let position: UInt64 = 5
    static let author: UInt64 = 6
}
