extension [UInt8] {
    /// Appends the value's bytes, least significant first.
    @inlinable
    public mutating func append<Value: FixedWidthInteger & UnsignedInteger>(
        littleEndian value: Value
    ) {
        append(addingCapacity: MemoryLayout<Value>.size) { output in
            output.append(littleEndian: value)
        }
    }

    /// Replaces the bytes at `offset`, which the caller has checked to lie within the array.
    @inlinable
    public mutating func overwrite<Value: FixedWidthInteger & UnsignedInteger>(
        at offset: Int,
        littleEndian value: Value
    ) {
        for byte in 0..<MemoryLayout<Value>.size {
            self[offset + byte] = UInt8(truncatingIfNeeded: value >> Value(8 * byte))
        }
    }
}

extension OutputSpan<UInt8> {
    /// Appends the value's bytes, least significant first; the span has room for them.
    @inlinable
    public mutating func append<Value: FixedWidthInteger & UnsignedInteger>(
        littleEndian value: Value
    ) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: value >> Value(shift)))
        }
    }
}

extension Span<UInt8> {
    /// The caller has checked that `offset` plus the value's size lies within the span.
    @inlinable
    public func littleEndian<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _: Value.Type,
        at offset: Int
    ) -> Value {
        // Any bytes are a value, and the load checks that they lie within the span.
        let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
        return Value(littleEndian: value)
    }
}
