internal import COpenSSL

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// Bytes of a digest.
    package static let byteCount = 32

    /// The 32 bytes of the digest.
    package static func digest(_ bytes: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            _ = unsafe bytes.withUnsafeBufferPointer { input in
                unsafe COpenSSL.SHA256(input.baseAddress, input.count, output.baseAddress)
            }
            count = 32
        }
    }
}
