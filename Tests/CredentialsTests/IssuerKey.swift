import Bytes
import COpenSSL

@testable import Credentials

/// A key pair of an outside issuer, made for a test: signs tokens and shows its public key.
@safe final class IssuerKey {
    enum Kind: CaseIterable {
        case rsa
        case p256
        case ed25519
        /// Of kinds that are not accepted.
        case rsaTooShort
        case p384
    }

    let kind: Kind
    private let key: OpaquePointer

    init(_ kind: Kind) throws {
        self.kind = kind
        let family =
            switch kind {
            case .rsa, .rsaTooShort: EVP_PKEY_RSA
            case .p256, .p384: EVP_PKEY_EC
            case .ed25519: EVP_PKEY_ED25519
            }
        let context = unsafe EVP_PKEY_CTX_new_id(family, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe EVP_PKEY_keygen_init(context)
        switch kind {
        case .rsa: unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048)
        case .rsaTooShort: unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1024)
        case .p256: unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, 415)
        case .p384: unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, 715)
        case .ed25519: break
        }
        var made: OpaquePointer?
        unsafe EVP_PKEY_keygen(context, &made)
        guard let made = unsafe made else { throw KeyFile.Fault.noKey }
        unsafe key = made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// SubjectPublicKeyInfo.
    var der: [UInt8] {
        let count = Int(unsafe i2d_PUBKEY(key, nil))
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            var place = bytes.baseAddress
            _ = unsafe i2d_PUBKEY(key, &place)
        }
        return bytes
    }

    var pem: String {
        let text = Array(String(decoding: Base64.encode(der), as: UTF8.self))
        let lines = stride(from: 0, to: text.count, by: 64).map { start in
            String(text[start..<min(start + 64, text.count)])
        }
        return (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""])
            .joined(separator: "\n")
    }

    /// The key as a JSON Web Key, with further members.
    func webKey(_ members: String = "") -> String {
        let der = der
        let own =
            switch kind {
            case .rsa: #""kty":"RSA","n":"\#(Self.url(der[33..<289]))","e":"AQAB""#
            case .rsaTooShort: #""kty":"RSA","n":"\#(Self.url(der[29..<157]))","e":"AQAB""#
            case .p256:
                #""kty":"EC","crv":"P-256","x":"\#(Self.url(der.suffix(64).prefix(32)))","#
                    + #""y":"\#(Self.url(der.suffix(32)))""#
            case .p384:
                #""kty":"EC","crv":"P-384","x":"\#(Self.url(der.suffix(96).prefix(48)))","#
                    + #""y":"\#(Self.url(der.suffix(48)))""#
            case .ed25519: #""kty":"OKP","crv":"Ed25519","x":"\#(Self.url(der.suffix(32)))""#
            }
        return "{" + own + (members.isEmpty ? "" : "," + members) + "}"
    }

    /// A token of these parts in JSON.
    func token(header: String, claims: String) -> String {
        let message = Self.url(Array(header.utf8)) + "." + Self.url(Array(claims.utf8))
        return message + "." + Self.url(signature(of: Array(message.utf8)))
    }

    private func signature(of message: [UInt8]) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        let digest = kind == .ed25519 ? nil : unsafe EVP_sha256()
        unsafe EVP_DigestSignInit(context, nil, digest, nil, key)
        var signature = [UInt8](repeating: 0, count: 1024)
        var count = signature.count
        unsafe EVP_DigestSign(context, &signature, &count, message, message.count)
        signature.removeLast(signature.count - count)
        return kind == .p256 ? Self.joined(signature) : signature
    }

    /// DER's sequence of two integers as two numbers of 32 bytes.
    private static func joined(_ der: [UInt8]) -> [UInt8] {
        let first = Array(der[4..<4 + Int(der[3])])
        let second = Array(der[(6 + first.count)...])
        return [first, second].flatMap { number in
            let digits = number.drop { $0 == 0 }
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }

    static func url(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: UnpaddedBase64.encode(Array(bytes), alphabet: .url), as: UTF8.self)
    }
}
