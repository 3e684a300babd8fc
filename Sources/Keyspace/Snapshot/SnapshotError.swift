package import Bytes

/// Why chunks are not a snapshot.
package enum SnapshotError: Error, Hashable, Sendable {
    /// Another format than this version's.
    case unknownFormat(UInt64)
    case unknownItem(kind: UInt8, item: Int)
    case itemTooLong(byteCount: UInt64, item: Int)
    /// The item counted from 0 does not decode, or contradicts the items before it.
    case malformed(DecodingError, item: Int)
    /// An item of a kind that does not belong there.
    case misplaced(item: Int)
    /// The chunks end before the snapshot does.
    case incomplete(itemCount: Int)
    /// The directories' counts of children are not those of the keys.
    case wrongChildCount
    /// What stands beside the store contradicts it.
    case inconsistent(DecodingError)
    /// Everything decodes, to another state than was written.
    case hashMismatch(stored: StateHash, computed: StateHash)
}
