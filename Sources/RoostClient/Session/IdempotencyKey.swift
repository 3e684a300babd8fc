internal import Bytes
package import Platform

/// What makes the repetition of one logical write recognisable.
package struct IdempotencyKey: Hashable, Sendable {
    /// 32 hexadecimal digits.
    package let text: [UInt8]

    /// A key made of two words of randomness; no two writes may share one.
    package init(words first: UInt64, _ second: UInt64) {
        text = Hexadecimal.encode(first) + Hexadecimal.encode(second)
    }

    /// A key that was never used.
    package static func fresh() throws(SystemError) -> IdempotencyKey {
        IdempotencyKey(words: try Entropy.word(), try Entropy.word())
    }
}
