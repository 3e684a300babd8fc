internal import COpenSSL

/// Bytes that OpenSSL reads PEM from or writes PEM to.
@safe struct PEMBuffer: ~Copyable {
    /// The longest that is read, in bytes.
    static let byteCountMax = 1 << 20

    let bio: OpaquePointer

    /// An empty one.
    init() throws(CertificateFault) {
        unsafe bio = try unsafe made(unsafe BIO_new(BIO_s_mem()), to: "make a buffer")
    }

    /// One that holds those bytes.
    init(_ bytes: [UInt8]) throws(CertificateFault) {
        guard bytes.count <= Self.byteCountMax else {
            throw .tooLong(byteCount: bytes.count, byteCountMax: Self.byteCountMax)
        }
        let bio = try unsafe made(BIO_new(BIO_s_mem()), to: "make a buffer")
        let count = bytes.isEmpty ? 0 : unsafe BIO_write(bio, bytes, Int32(bytes.count))
        guard count == Int32(bytes.count) else {
            unsafe BIO_free(bio)
            throw .refused("fill a buffer", reasons: ErrorQueue.take())
        }
        unsafe self.bio = unsafe bio
    }

    deinit { unsafe BIO_free(bio) }

    /// Takes everything that is in it.
    borrowing func takeBytes() -> [UInt8] {
        let available = unsafe Int(BIO_ctrl_pending(bio))
        guard available > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: available) { buffer, count in
            let read = unsafe BIO_read(bio, buffer.baseAddress, Int32(available))
            count = max(0, Int(read))
        }
    }
}
