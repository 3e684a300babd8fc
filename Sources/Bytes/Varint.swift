extension [UInt8] {
    /// Appends an unsigned LEB128 integer in its shortest form, one to ten bytes.
    @inlinable
    public mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// Appends the count of `bytes` as a varint, then the bytes.
    @inlinable
    public mutating func append(lengthPrefixed bytes: [UInt8]) {
        append(varint: UInt64(bytes.count))
        append(contentsOf: bytes)
    }
}
