/// Takes values off the front of bytes from outside; every read is checked and throws.
///
/// Holds the array, not a copy: reading a slice is the only operation that allocates.
public struct ByteReader: Sendable {
    @usableFromInline let bytes: [UInt8]
    /// The offset of the next byte to be read, counted from the array's start.
    @inlinable public var position: Int { offset }
    @usableFromInline var offset: Int
    @usableFromInline let end: Int

    /// Reads the whole array.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    /// Reads a part of the array, which must lie within it.
    public init(_ bytes: [UInt8], in range: Range<Int>) {
        invariant(
            range.lowerBound >= 0 && range.upperBound <= bytes.count,
            "a reader of \(range) over \(bytes.count) bytes"
        )
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes are left.
    @inlinable public var remaining: Int { end - position }

    /// Whether every byte has been read.
    @inlinable public var isAtEnd: Bool { position == end }

    /// Reads one byte.
    @inlinable
    public mutating func readByte() throws(DecodingError) -> UInt8 {
        guard position < end else { throw .truncated(needed: 1, available: 0) }
        defer { offset += 1 }
        return bytes[position]
    }

    /// Reads a little-endian integer of fixed width.
    @inlinable
    public mutating func readLittleEndian<
        Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
    >(
        _ type: Value.Type = Value.self
    ) throws(DecodingError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw .truncated(needed: size, available: remaining) }
        defer { offset += size }
        return bytes.span.littleEndian(type, at: position)
    }

    /// Reads an unsigned LEB128 integer in its shortest form, at most ten bytes.
    @inlinable
    public mutating func readVarint() throws(DecodingError) -> UInt64 {
        guard offset < end, bytes[offset] < 0x80 else { return try readLongVarint() }
        defer { offset += 1 }
        return UInt64(bytes[offset])
    }

    @usableFromInline
    mutating func readLongVarint() throws(DecodingError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { throw .invalidVarint(at: start) }
            value |= bits << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else { throw .invalidVarint(at: start) }
                return value
            }
            shift += 7
            guard shift <= 63 else { throw .invalidVarint(at: start) }
        }
    }

    /// Reads `count` bytes into an array of their own.
    public mutating func readBytes(count: Int) throws(DecodingError) -> [UInt8] {
        guard count >= 0, count <= remaining else {
            throw .truncated(needed: max(count, 0), available: remaining)
        }
        defer { offset += count }
        return Array(bytes[position..<position + count])
    }

    /// Reads a varint length, then that many bytes.
    ///
    /// - Parameter limit: a longer length is refused before anything is allocated.
    public mutating func readLengthPrefixed(limit: Int) throws(DecodingError) -> [UInt8] {
        let start = position
        let length = try readVarint()
        guard length <= UInt64(limit) else {
            throw .limitExceeded(value: length, limit: UInt64(limit), at: start)
        }
        return try readBytes(count: Int(length))
    }

    /// Reads a varint that counts things of which each takes at least `byteCountMin` bytes.
    ///
    /// A count that the remaining bytes cannot hold is refused, so that no allocation trusts it.
    public mutating func readCount(byteCountMin: Int = 1) throws(DecodingError) -> Int {
        let start = position
        let count = try readVarint()
        let limit = UInt64(remaining / max(byteCountMin, 1))
        guard count <= limit else {
            throw .limitExceeded(value: count, limit: limit, at: start)
        }
        return Int(count)
    }

    /// Ends the reading: throws if bytes are left over.
    public func expectEnd() throws(DecodingError) {
        guard isAtEnd else { throw .trailingBytes(count: remaining) }
    }
}
