/// A 128-bit hash that is the same in every process and on every machine, so that it may be stored
/// and compared between members.
///
/// Two lanes absorb each 64-bit word by a multiply whose halves are folded together (the mixing
/// step of wyhash). It tells states apart that differ by mistake; it is no defence against someone
/// who looks for collisions.
@frozen
public struct StableHash: Sendable {
    @usableFromInline var low: UInt64
    @usableFromInline var high: UInt64

    /// A hash of nothing yet. Two kinds of items take two seeds, so that they never cancel out.
    @inlinable
    public init(seed: UInt64) {
        low = seed ^ 0x2D35_8DCC_AA6C_78A5
        high = seed ^ 0x8BB8_4B93_962E_ACC9
        combine(seed)
    }

    @inlinable
    static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// Absorbs one word.
    @inlinable
    public mutating func combine(_ word: UInt64) {
        low = Self.fold(low ^ word, 0x9E37_79B9_7F4A_7C15) &+ 0xD6E8_FEB8_6659_FD93
        high = Self.fold(high &+ word, 0xD1B5_4A32_D192_ED03) ^ (word << 32 | word >> 32)
    }

    /// Absorbs the count of `bytes`, then the bytes.
    ///
    /// - Complexity: O(*n*); about a quarter of a nanosecond a byte.
    public mutating func combine(_ bytes: Span<UInt8>) {
        combine(UInt64(bytes.count))
        let raw = unsafe bytes.bytes
        var offset = 0
        // One check for four loads.
        while offset &+ 32 <= raw.byteCount {
            let words = unsafe raw.unsafeLoadUnaligned(
                fromByteOffset: offset,
                as: SIMD4<UInt64>.self
            )
            combine(UInt64(littleEndian: words.x))
            combine(UInt64(littleEndian: words.y))
            combine(UInt64(littleEndian: words.z))
            combine(UInt64(littleEndian: words.w))
            offset &+= 32
        }
        while offset &+ 8 <= raw.byteCount {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            combine(UInt64(littleEndian: word))
            offset &+= 8
        }
        guard offset < raw.byteCount else { return }
        var tail: UInt64 = 0
        for index in offset..<bytes.count { tail = tail << 8 | UInt64(bytes[index]) }
        combine(tail)
    }

    /// The hash of everything absorbed so far.
    @inlinable
    public var value: UInt128 {
        let first = Self.fold(low ^ (high << 32 | high >> 32), 0xA076_1D64_78BD_642F)
        let second = Self.fold(high ^ first, 0xE703_7ED1_A0B4_28DB)
        return UInt128(first) << 64 | UInt128(second)
    }
}
