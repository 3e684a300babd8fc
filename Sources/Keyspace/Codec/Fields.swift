internal import Bytes

// The fields that requests and outcomes share, written and read the same way in both.

/// The tag byte of each kind of range.
enum RangeTag: UInt8 {
    case key = 0
    case subtree = 1
    case interval = 2
}

extension [UInt8] {
    /// Appends one byte: an enum without payloads.
    mutating func append<Case: RawRepresentable<UInt8>>(_ value: Case) { append(value.rawValue) }

    mutating func append(_ key: Key) { append(lengthPrefixed: key.bytes) }

    mutating func append(_ revision: Revision) { append(varint: revision.rawValue) }

    mutating func append(_ token: FencingToken) { append(varint: token.rawValue) }

    mutating func append(_ lease: LeaseID) { append(varint: lease.rawValue) }

    mutating func append(_ lease: LeaseID?) {
        append(optional: lease) { lease, output in output.append(lease) }
    }

    mutating func append(_ range: KeyRange) {
        switch range {
        case .key(let key):
            append(RangeTag.key)
            append(key)
        case .subtree(let root):
            append(RangeTag.subtree)
            append(root)
        case .interval(let from, let to):
            append(RangeTag.interval)
            append(lengthPrefixed: from)
            append(optional: to) { to, output in output.append(lengthPrefixed: to) }
        }
    }

    mutating func append(_ contest: Contest) {
        append(contest.kind)
        append(lengthPrefixed: contest.name)
    }

    /// Appends 0 for nothing, else 1 and the value.
    mutating func append<Value>(optional value: Value?, _ encode: (Value, inout [UInt8]) -> Void) {
        append(value == nil ? 0 : 1)
        if let value { encode(value, &self) }
    }

    /// Appends the count of `items` as a varint, then each.
    mutating func append<Item>(
        counted items: [Item],
        _ encode: (Item, inout [UInt8]) -> Void
    ) {
        append(varint: UInt64(items.count))
        for item in items { encode(item, &self) }
    }
}

extension ByteReader {
    /// Reads one byte that is the raw value of an enum without payloads.
    mutating func readCase<Case: RawRepresentable<UInt8>>(
        _: Case.Type = Case.self
    ) throws(DecodingError) -> Case {
        let start = position
        let byte = try readByte()
        guard let value = Case(rawValue: byte) else {
            throw .unknownTag(UInt64(byte), at: start)
        }
        return value
    }

    /// Reads 0 or 1.
    mutating func readFlag() throws(DecodingError) -> Bool {
        let start = position
        switch try readByte() {
        case 0: return false
        case 1: return true
        case let byte: throw .unknownTag(UInt64(byte), at: start)
        }
    }

    /// Reads any key.
    mutating func readKey() throws(DecodingError) -> Key {
        let start = position
        let bytes = try readLengthPrefixed(limit: Key.byteCountMax)
        do { return try Key(bytes: bytes) } catch { throw .invalidValue(at: start) }
    }

    /// Reads a key that must be a path.
    mutating func readPath() throws(DecodingError) -> Key {
        let start = position
        let bytes = try readLengthPrefixed(limit: Key.byteCountMax)
        do { return try Key(path: bytes) } catch { throw .invalidValue(at: start) }
    }

    mutating func readRange() throws(DecodingError) -> KeyRange {
        switch try readCase(RangeTag.self) {
        case .key: .key(try readKey())
        case .subtree: .subtree(try readKey())
        case .interval:
            .interval(
                from: try readLengthPrefixed(limit: KeyRange.boundByteCountMax),
                to: try readOptional { reader throws(DecodingError) in
                    try reader.readLengthPrefixed(limit: KeyRange.boundByteCountMax)
                }
            )
        }
    }

    mutating func readRevision() throws(DecodingError) -> Revision {
        Revision(rawValue: try readVarint())
    }

    mutating func readToken() throws(DecodingError) -> FencingToken {
        FencingToken(rawValue: try readVarint())
    }

    mutating func readLease() throws(DecodingError) -> LeaseID {
        LeaseID(rawValue: try readVarint())
    }

    mutating func readOptionalLease() throws(DecodingError) -> LeaseID? {
        try readOptional { reader throws(DecodingError) in try reader.readLease() }
    }

    /// Reads 0, or 1 and a value.
    mutating func readOptional<Value>(
        _ decode: (inout ByteReader) throws(DecodingError) -> Value
    ) throws(DecodingError) -> Value? {
        try readFlag() ? try decode(&self) : nil
    }

    mutating func readContest() throws(DecodingError) -> Contest {
        let start = position
        let kind = try readCase(Contest.Kind.self)
        let name = try readLengthPrefixed(limit: Contest.nameByteCountMax)
        guard Contest.isValid(name: name) else { throw .invalidValue(at: start) }
        return Contest(kind: kind, name: name)
    }

    mutating func readValue() throws(DecodingError) -> [UInt8] {
        try readLengthPrefixed(limit: ClusterSettings.valueByteCountLimit)
    }

    /// Reads a varint count, then that many items.
    ///
    /// - Parameter countMax: more is refused before anything is read.
    mutating func readCounted<Item>(
        countMax: Int,
        _ decode: (inout ByteReader) throws(DecodingError) -> Item
    ) throws(DecodingError) -> [Item] {
        let start = position
        let count = try readCount()
        guard count <= countMax else {
            throw .limitExceeded(value: UInt64(count), limit: UInt64(countMax), at: start)
        }
        var items: [Item] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(try decode(&self)) }
        return items
    }
}
