extension [UInt8] {
    /// Appends a span's bytes as one copy.
    @inlinable
    public mutating func append(span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the count of `bytes` as a varint, then the bytes.
    @inlinable
    public mutating func append(lengthPrefixed bytes: Span<UInt8>) {
        append(varint: UInt64(bytes.count))
        append(span: bytes)
    }

    /// A span's bytes in an array of their own.
    @inlinable
    public init(span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
