internal import Bytes

/// Writes a frozen state as a snapshot, chunk by chunk.
package struct SnapshotEncoder: Sendable {
    /// Bytes of every chunk but the last.
    package static let chunkByteCount = 256 * 1024

    /// What is written.
    package let state: FrozenKeyspace
    private var store: StoreEncoder
    private var sessionState: SessionStateEncoder
    private let hash: StateHash
    private var section = Section.store
    /// Bytes that are encoded; those before `handedOverCount` were handed over.
    private var output: [UInt8] = []
    private var handedOverCount = 0
    private var payload: [UInt8] = []

    private enum Section {
        case store
        case sessionState
        case hash
        case end
    }

    package init(_ frozen: FrozenKeyspace) {
        state = frozen
        store = StoreEncoder(
            frozen.keyspace.store,
            format: frozen.keyspace.featureLevel.snapshotFormat
        )
        sessionState = SessionStateEncoder(frozen.keyspace)
        hash = frozen.keyspace.hash
        output.reserveCapacity(2 * Self.chunkByteCount)
    }

    /// The next chunk; nil after the last.
    ///
    /// - Complexity: O(chunk)
    package mutating func next() -> [UInt8]? {
        if output.count - handedOverCount < Self.chunkByteCount { encodeChunk() }
        let chunk = Array(output[handedOverCount...].prefix(Self.chunkByteCount))
        handedOverCount += chunk.count
        return chunk.isEmpty ? nil : chunk
    }

    /// Encodes items until there is a whole chunk, or nothing is left. Only here is what was handed
    /// over dropped: less than a chunk then moves, however long an item is.
    private mutating func encodeChunk() {
        output.removeFirst(handedOverCount)
        handedOverCount = 0
        while output.count < Self.chunkByteCount, let item = encodeNext() {
            output.append(item.rawValue)
            output.append(varint: UInt64(payload.count))
            output.append(contentsOf: payload)
        }
    }

    /// Puts the next item's payload into `payload`.
    private mutating func encodeNext() -> SnapshotItem? {
        payload.removeAll(keepingCapacity: true)
        if section == .store {
            if let item = store.encodeNext(into: &payload) { return item }
            section = .sessionState
        }
        if section == .sessionState {
            if sessionState.encodeNext(into: &payload) { return .sessionState }
            section = .hash
        }
        guard section == .hash else { return nil }
        section = .end
        payload.append(littleEndian: hash.rawValue)
        return .end
    }
}

/// The whole state at one moment, for another thread to read while the member goes on.
///
/// Whoever lets go of it last frees all that the member replaced since, in one go, or slice by slice
/// with `shed`.
package struct FrozenKeyspace: Sendable {
    private(set) var keyspace: Keyspace

    init(keyspace: Keyspace) { self.keyspace = keyspace }

    /// Lets go of a slice of it; it can't be read any more. Nothing of what is left may be held
    /// elsewhere, as by an encoder, or the slices are freed there.
    ///
    /// - Complexity: O(1) in the keys.
    package mutating func shed() -> Remainder {
        if keyspace.store.records.shed() == .something { return .something }
        if keyspace.store.directories.shed() == .something { return .something }
        keyspace = Keyspace()
        return .nothing
    }
}

extension Keyspace {
    /// The state as it is now.
    ///
    /// - Complexity: O(1); what changes afterwards copies, once, the tree nodes that it touches.
    package func freeze() -> FrozenKeyspace { FrozenKeyspace(keyspace: self) }
}
