internal import Bytes

/// Reads a snapshot's chunks, cut anywhere, back into a keyspace. They may come from a peer: what
/// does not decode, contradicts itself or comes to another state is an error, and nothing traps.
package struct SnapshotDecoder: Sendable {
    private var store = StoreDecoder()
    private var sessionState = SessionStateDecoder()
    private var hash: StateHash?
    private var itemCount = 0
    /// The begin of an item whose rest is still to come.
    private var pending: [UInt8] = []

    package init() {}

    /// Takes the next bytes.
    ///
    /// - Complexity: O(chunk · log *n*)
    package mutating func feed(_ chunk: [UInt8]) throws(SnapshotError) {
        pending.append(contentsOf: chunk)
        let bytes = pending
        pending = []
        var position = 0
        while let item = try wholeItem(of: bytes, at: position) {
            try decode(item.kind, payload: ByteReader(bytes, in: item.payload))
            position = item.payload.upperBound
            itemCount += 1
        }
        pending = position == 0 ? bytes : Array(bytes[position...])
    }

    /// Where the item at `position` lies; nil when it is not there in full.
    private func wholeItem(
        of bytes: [UInt8],
        at position: Int
    ) throws(SnapshotError) -> (kind: UInt8, payload: Range<Int>)? {
        var reader = ByteReader(bytes, in: position..<bytes.count)
        let kind: UInt8
        let byteCount: UInt64
        do throws(DecodingError) {
            kind = try reader.readByte()
            byteCount = try reader.readVarint()
        } catch .truncated {
            return nil
        } catch {
            throw .malformed(error, item: itemCount)
        }
        guard byteCount <= UInt64(SnapshotItem.byteCountMax) else {
            throw .itemTooLong(byteCount: byteCount, item: itemCount)
        }
        guard Int(byteCount) <= reader.remaining else { return nil }
        return (kind, reader.position..<reader.position + Int(byteCount))
    }

    private mutating func decode(_ kind: UInt8, payload: ByteReader) throws(SnapshotError) {
        guard let item = SnapshotItem(rawValue: kind) else {
            throw .unknownItem(kind: kind, item: itemCount)
        }
        guard hash == nil, store.admit(item) else { throw .misplaced(item: itemCount) }
        var reader = payload
        do throws(DecodingError) {
            switch item {
            case .sessionState: try sessionState.decodeItem(&reader, format: store.format)
            case .end: hash = StateHash(rawValue: try reader.readLittleEndian())
            case .header, .author, .key, .directory, .childCount, .event:
                try store.decode(item, reader: &reader)
            }
            if store.unknownFormat == nil { try reader.expectEnd() }
        } catch {
            throw .malformed(error, item: itemCount)
        }
        if let format = store.unknownFormat { throw .unknownFormat(format) }
    }

    /// The state, once every chunk was fed; the decoder is then used up.
    ///
    /// - Complexity: O(*n*) in the keys and directories.
    package mutating func finish() throws(SnapshotError) -> Keyspace {
        guard let hash, pending.isEmpty, store.isComplete else {
            throw .incomplete(itemCount: itemCount)
        }
        guard store.hasSoundChildCounts() else { throw .wrongChildCount }
        let keyspace: Keyspace
        do throws(DecodingError) { keyspace = try sessionState.finish(store.store) } catch {
            throw .inconsistent(error)
        }
        guard keyspace.hash == hash else {
            throw .hashMismatch(stored: hash, computed: keyspace.hash)
        }
        return keyspace
    }
}
