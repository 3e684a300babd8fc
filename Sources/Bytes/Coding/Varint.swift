extension [UInt8] {
    /// Appends an unsigned LEB128 integer in its shortest form, one to ten bytes.
    @inlinable
    public mutating func append(varint value: UInt64) {
        guard value >= 0x80 else { return append(UInt8(value)) }
        append(addingCapacity: OutputSpan<UInt8>.varintByteCountMax) { $0.append(varint: value) }
    }

    /// Appends the count of `bytes` as a varint, then the bytes.
    @inlinable
    public mutating func append(lengthPrefixed bytes: [UInt8]) {
        append(varint: UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}

extension OutputSpan<UInt8> {
    /// The longest varint, in bytes.
    @inlinable public static var varintByteCountMax: Int { 10 }

    /// Appends an unsigned LEB128 integer in its shortest form; the span has room for it.
    @inlinable
    public mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}

extension Span<UInt8> {
    /// Reads a varint of up to four bytes in its shortest form, and goes on after it; nil, the
    /// offset as it was, for anything else.
    @inlinable
    public func shortVarint(at offset: inout Int) -> Int? {
        var value = 0
        var shift = 0
        var place = offset
        while place < count, shift < 28 {
            let byte = self[place]
            place &+= 1
            value |= Int(byte & 0x7F) << shift
            guard byte >= 0x80 else {
                guard byte != 0 || shift == 0 else { return nil }
                offset = place
                return value
            }
            shift &+= 7
        }
        return nil
    }
}
