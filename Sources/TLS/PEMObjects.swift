internal import COpenSSL

/// Reads one object after another out of the text of a PEM file.
@safe
struct PEMObjects: ~Copyable {
    /// More objects in one file are refused.
    private static let objectCountMax = 10_000

    private let bio: OpaquePointer

    init(_ bytes: [UInt8]) throws(TLSMaterialFault) {
        let count = Int32(clamping: bytes.count)
        let bio = unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let copy = unsafe BIO_new(BIO_s_mem()) else { return nil }
            unsafe BIO_write(copy, bytes.baseAddress, count)
            return unsafe copy
        }
        guard let bio = unsafe bio else { throw .system(reason: OpenSSLError().reason) }
        unsafe self.bio = unsafe bio
    }

    deinit { unsafe BIO_free_all(bio) }

    /// Gives each object that `read` finds to `use`, which owns it; at least one.
    func forEach(
        of part: TLSMaterialFault.Part,
        read: (OpaquePointer) -> OpaquePointer?,
        use: (OpaquePointer) throws(TLSMaterialFault) -> Void
    ) throws(TLSMaterialFault) {
        ERR_clear_error()
        var count = 0
        while let object = unsafe read(bio) {
            count += 1
            try unsafe use(object)
            guard count < Self.objectCountMax else {
                throw .invalid(part, reason: "more than \(Self.objectCountMax) in one file")
            }
        }
        let error = OpenSSLError()
        guard error.isNoPEM else { throw .invalid(part, reason: error.reason) }
        guard count > 0 else { throw .empty(part) }
    }
}
