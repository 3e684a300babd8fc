internal import Bytes
internal import COpenSSL

/// HMAC-SHA-256 (FIPS 198-1) under one key, which is prepared once: about a microsecond a message.
///
/// Not for more than one thread.
@safe package final class MessageCode {
    /// Bytes of a code.
    package static let byteCount = 32
    /// Bytes of a key.
    package static let keyByteCount = 32

    private let context: OpaquePointer

    /// - Parameter key: secret; its length is arbitrary, from 32 bytes on more add nothing.
    package init(key: [UInt8]) {
        // An empty array may have no address, and OpenSSL takes that for "no key".
        let key = key.isEmpty ? [0] : key
        guard let context = unsafe roost_hmac_sha256(key, key.count) else {
            unreachable("OpenSSL gives no HMAC-SHA-256")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// The 32 bytes that only who has the key can tell for this message.
    package func code(for message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { output, count in
            let begun = unsafe EVP_MAC_init(context, nil, 0, nil)
            let fed = unsafe message.withUnsafeBufferPointer { input in
                unsafe EVP_MAC_update(context, input.baseAddress, input.count)
            }
            let ended = unsafe EVP_MAC_final(
                context,
                output.baseAddress,
                &count,
                Self.byteCount
            )
            invariant(
                begun == 1 && fed == 1 && ended == 1 && count == Self.byteCount,
                "OpenSSL gives no HMAC-SHA-256"
            )
        }
    }

    /// Whether this is the code of the message, compared in constant time.
    package func isCode(_ code: [UInt8], of message: [UInt8]) -> Bool {
        SecretComparison.areEqual(self.code(for: message), and: code)
    }
}
