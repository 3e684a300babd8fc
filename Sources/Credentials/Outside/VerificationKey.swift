internal import COpenSSL

/// A public key of an outside issuer. The key fixes the algorithm: what a token says of it can only
/// agree or be refused, so that neither `none` nor a symmetric algorithm is ever thought of.
package struct VerificationKey: Hashable, Sendable {
    /// What a key signs with (RFC 7518, 3.1; RFC 8037, 3.1).
    package enum Algorithm: UInt8, Hashable, Sendable {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = 0
        /// ECDSA on P-256 with SHA-256.
        case es256 = 1
        /// Ed25519.
        case edDSA = 2

        /// As headers and keys write it.
        package var name: String {
            switch self {
            case .rs256: "RS256"
            case .es256: "ES256"
            case .edDSA: "EdDSA"
            }
        }
    }

    /// The beginnings of a SubjectPublicKeyInfo with a P-256 point and with an Ed25519 key.
    private enum Head {
        static let p256: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
            0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ]
        static let ed25519: [UInt8] = [
            0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
        ]
        /// rsaEncryption without parameters.
        static let rsa: [UInt8] = [
            0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05,
            0x00,
        ]
    }

    private static let modulusBits = 2048...8192
    private static let coordinateByteCount = 32

    package let algorithm: Algorithm
    /// Names it among others; nil where nothing does.
    package let id: [UInt8]?
    /// SubjectPublicKeyInfo (RFC 5280, 4.1).
    private let der: [UInt8]

    /// Takes a SubjectPublicKeyInfo; nil if it is none, or of a kind that is not accepted: RSA of
    /// 2048 to 8192 bits, P-256 and Ed25519 are.
    init?(subjectPublicKeyInfo der: [UInt8], id: [UInt8]?) {
        guard let key = LoadedKey(der) else { return nil }
        if key.isRSA {
            guard Self.modulusBits.contains(key.bitCount) else { return nil }
            algorithm = .rs256
        } else if der.starts(with: Head.p256), der.count == Head.p256.count + 64 {
            algorithm = .es256
        } else if der.starts(with: Head.ed25519), der.count == Head.ed25519.count + 32 {
            algorithm = .edDSA
        } else {
            return nil
        }
        self.id = id
        self.der = der
    }

    /// - Parameters:
    ///   - modulus: and exponent, most significant byte first.
    init?(modulus: [UInt8], exponent: [UInt8], id: [UInt8]?) {
        guard modulus.count <= Self.modulusBits.upperBound / 8 + 1, exponent.count <= 8 else {
            return nil
        }
        let numbers = DERWriter.integer(modulus) + DERWriter.integer(exponent)
        let key = DERWriter.bitString(DERWriter.sequence(numbers))
        self.init(subjectPublicKeyInfo: DERWriter.sequence(Head.rsa + key), id: id)
    }

    /// A point of P-256; each coordinate has 32 bytes.
    init?(x: [UInt8], y: [UInt8], id: [UInt8]?) {
        guard x.count == Self.coordinateByteCount, y.count == x.count else { return nil }
        self.init(subjectPublicKeyInfo: Head.p256 + x + y, id: id)
    }

    /// An Ed25519 key of 32 bytes.
    init?(ed25519 key: [UInt8], id: [UInt8]?) {
        guard key.count == 32 else { return nil }
        self.init(subjectPublicKeyInfo: Head.ed25519 + key, id: id)
    }

    /// Whether the signature, in JWS's form, is this key's of the message.
    ///
    /// - Complexity: some tenths of a millisecond.
    func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard !signature.isEmpty, let key = LoadedKey(der) else { return false }
        switch algorithm {
        case .rs256: return key.verifies(signature, of: message, digest: .sha256)
        case .edDSA: return key.verifies(signature, of: message, digest: .none)
        case .es256:
            // Two numbers one after the other (RFC 7518, 3.4), which OpenSSL wants in DER.
            guard signature.count == 2 * Self.coordinateByteCount else { return false }
            let numbers =
                DERWriter.integer(signature.prefix(Self.coordinateByteCount))
                + DERWriter.integer(signature.suffix(Self.coordinateByteCount))
            return key.verifies(DERWriter.sequence(numbers), of: message, digest: .sha256)
        }
    }
}

/// A public key as OpenSSL holds it.
@safe private final class LoadedKey {
    enum Digest {
        case none
        case sha256
    }

    private let key: OpaquePointer

    /// Nil unless the bytes are one SubjectPublicKeyInfo that OpenSSL understands, and no more.
    init?(_ der: [UInt8]) {
        var consumed = 0
        let loaded = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var place = bytes.baseAddress
            let key = unsafe d2i_PUBKEY(nil, &place, bytes.count)
            if let start = bytes.baseAddress, let place = unsafe place {
                consumed = unsafe place - start
            }
            return unsafe key
        }
        // What OpenSSL noted of a refusal is of no further use.
        ERR_clear_error()
        guard let loaded = unsafe loaded else { return nil }
        unsafe key = loaded
        guard consumed == der.count else { return nil }
    }

    deinit { unsafe EVP_PKEY_free(key) }

    var isRSA: Bool { unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA }

    var bitCount: Int { Int(unsafe EVP_PKEY_get_bits(key)) }

    func verifies(_ signature: [UInt8], of message: [UInt8], digest: Digest) -> Bool {
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer {
            unsafe EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        let algorithm =
            switch digest {
            case .none: unsafe OpaquePointer?.none
            case .sha256: unsafe EVP_sha256()
            }
        guard unsafe EVP_DigestVerifyInit(context, nil, algorithm, nil, key) == 1 else {
            return false
        }
        return unsafe EVP_DigestVerify(
            context,
            signature,
            signature.count,
            message,
            message.count
        ) == 1
    }
}
