internal import COpenSSL

/// Comparison of secrets, in a time that tells nothing of where they differ.
package enum SecretComparison {
    /// Whether both are the same. The time depends on their lengths alone, which are no secret.
    package static func areEqual(_ one: [UInt8], and other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return unsafe one.withUnsafeBytes { one in
            unsafe other.withUnsafeBytes { other in
                unsafe CRYPTO_memcmp(one.baseAddress, other.baseAddress, one.count) == 0
            }
        }
    }
}
