internal import COpenSSL

/// A private or public key as OpenSSL has it.
@safe struct CertificateKey: ~Copyable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// The private key of a PEM block.
    init(pem: [UInt8]) throws(CertificateFault) {
        ErrorQueue.clear()
        let buffer = try PEMBuffer(pem)
        // Without this, OpenSSL would ask for a passphrase on the terminal.
        let key = unsafe PEM_read_bio_PrivateKey(buffer.bio, nil, { _, _, _, _ in -1 }, nil)
        guard let key = unsafe key else {
            let reasons = ErrorQueue.take()
            guard !PEMText.isEncryptedKey(pem) else { throw .encryptedKey }
            guard PEMText.holds(pem, block: "PRIVATE KEY") else { throw .nothing("private key") }
            throw .malformed("private key", reasons: reasons)
        }
        unsafe pointer = unsafe key
    }

    /// A new one.
    init(making kind: KeyKind) throws(CertificateFault) {
        ErrorQueue.clear()
        let name =
            switch kind {
            case .p256: "EC"
            case .ed25519: "ED25519"
            case .rsa3072: "RSA"
            case .other(let name): name
            }
        guard KeyKind.made.contains(kind) else {
            throw .refused("make a key of the kind \(name)", reasons: [])
        }
        let task = "make a key"
        let context = try unsafe made(unsafe EVP_PKEY_CTX_new_from_name(nil, name, nil), to: task)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        try unsafe check(EVP_PKEY_keygen_init(context), to: task)
        if kind == .p256 {
            try check(unsafe EVP_PKEY_CTX_set_group_name(context, "prime256v1"), to: task)
        } else if kind == .rsa3072 {
            try unsafe check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072), to: task)
        }
        var key: OpaquePointer?
        try check(unsafe EVP_PKEY_generate(context, &key), to: task)
        unsafe pointer = try unsafe made(key, to: task)
    }

    /// In PKCS 8, not encrypted.
    borrowing func pem() throws(CertificateFault) -> [UInt8] {
        let buffer = try PEMBuffer()
        let result = unsafe PEM_write_bio_PKCS8PrivateKey(
            buffer.bio,
            pointer,
            nil,
            nil,
            0,
            nil,
            nil
        )
        try check(result, to: "write a key")
        return buffer.takeBytes()
    }

    var kind: KeyKind {
        if hasType("ED25519") { return .ed25519 }
        let bits = unsafe EVP_PKEY_get_bits(pointer)
        if hasType("RSA") { return bits == 3072 ? .rsa3072 : .other("rsa\(bits)") }
        if hasType("EC"), group == "prime256v1" { return .p256 }
        guard let name = unsafe EVP_PKEY_get0_type_name(pointer) else { return .other("unknown") }
        return .other(unsafe String(cString: name).lowercased() + "\(bits)")
    }

    /// What it signs a certificate with: Ed25519 brings its own digest.
    var digest: OpaquePointer? {
        unsafe hasType("ED25519") || hasType("ED448") ? nil : EVP_sha256()
    }

    private func hasType(_ name: String) -> Bool { unsafe EVP_PKEY_is_a(pointer, name) == 1 }

    private var group: String {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(pointer, &name, name.count, &count) == 1 else {
            return ""
        }
        return String(decoding: name.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
