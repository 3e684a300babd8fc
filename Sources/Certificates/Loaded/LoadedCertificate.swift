internal import COpenSSL

/// A certificate as OpenSSL has it.
@safe struct LoadedCertificate: ~Copyable {
    /// One file holds no more.
    static let countMax = 64

    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe X509_free(pointer) }

    /// The first certificate of PEM bytes.
    init(pem: [UInt8]) throws(CertificateFault) {
        ErrorQueue.clear()
        let buffer = try PEMBuffer(pem)
        guard let certificate = unsafe PEM_read_bio_X509(buffer.bio, nil, nil, nil) else {
            let reasons = ErrorQueue.take()
            guard PEMText.holds(pem, block: "CERTIFICATE") else { throw .nothing("certificate") }
            throw .malformed("certificate", reasons: reasons)
        }
        unsafe pointer = unsafe certificate
    }

    /// Calls back with each certificate of PEM bytes, in their order; at least one.
    static func each(
        of pem: [UInt8],
        body: (borrowing LoadedCertificate) throws(CertificateFault) -> Void
    ) throws(CertificateFault) {
        ErrorQueue.clear()
        let buffer = try PEMBuffer(pem)
        var count = 0
        while let certificate = unsafe PEM_read_bio_X509(buffer.bio, nil, nil, nil) {
            let loaded = unsafe LoadedCertificate(adopting: certificate)
            count += 1
            guard count <= countMax else { throw .tooMany(countMax: countMax) }
            try body(loaded)
        }
        let isAtEnd = ErrorQueue.saysNoMore
        let reasons = ErrorQueue.take()
        guard isAtEnd else { throw .malformed("certificate", reasons: reasons) }
        guard count > 0 else { throw .nothing("certificate") }
    }

    borrowing func pem() throws(CertificateFault) -> [UInt8] {
        let buffer = try PEMBuffer()
        try check(unsafe PEM_write_bio_X509(buffer.bio, pointer), to: "write a certificate")
        return buffer.takeBytes()
    }

    /// Whether it is for that key.
    borrowing func isFor(_ key: borrowing CertificateKey) -> Bool {
        defer { ErrorQueue.clear() }
        return unsafe X509_check_private_key(pointer, key.pointer) == 1
    }
}

/// Strings and times as OpenSSL has them.
enum LoadedText {
    /// The content of a string, whatever its kind.
    static func bytes(_ text: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        let count = unsafe ASN1_STRING_length(text)
        guard count > 0, let data = unsafe ASN1_STRING_get0_data(text) else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: data, count: Int(count)))
    }

    /// The content of a string in UTF-8; as it is if it is in no known kind.
    static func utf8(_ text: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        var output: UnsafeMutablePointer<UInt8>?
        let count = unsafe ASN1_STRING_to_UTF8(&output, text)
        guard count >= 0, let start = unsafe output else {
            ErrorQueue.clear()
            return unsafe bytes(text)
        }
        defer { unsafe CRYPTO_free(start, #file, #line) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// Seconds since 1970; nil if it is no time.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time = unsafe time, let epoch = unsafe ASN1_TIME_set(nil, 0) else { return nil }
        defer {
            unsafe ASN1_STRING_free(epoch)
            ErrorQueue.clear()
        }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
