internal import Bytes

/// An idempotency key in an order that costs one comparison of integers nearly always: by a hash of
/// the bytes, then by the bytes. The hash is the same in every process; that others can aim at it
/// costs them only the comparison of bytes.
struct HashedIdempotencyKey: Comparable, Sendable {
    private let hash: UInt64
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        self.hash = hash
        self.bytes = bytes
    }

    static func < (left: HashedIdempotencyKey, right: HashedIdempotencyKey) -> Bool {
        left.hash == right.hash
            ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.hash < right.hash
    }
}
