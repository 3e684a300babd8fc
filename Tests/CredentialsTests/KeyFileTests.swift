import Testing

@testable import Credentials

@Suite("Files with the public keys of an issuer")
struct KeyFileTests {
    private static func keys(_ text: String) throws(KeyFile.Fault) -> [VerificationKey] {
        try KeyFile(parsing: Array(text.utf8)).keys
    }

    @Test("a set and PEM of the same keys are the same keys")
    func forms() throws {
        let keys = try [IssuerKey.Kind.rsa, .p256, .ed25519].map { try IssuerKey($0) }
        let set = try Self.keys(#"{"keys":[\#(keys.map { $0.webKey() }.joined(separator: ","))]}"#)
        let pem = try Self.keys("\n" + keys.map(\.pem).joined())
        #expect(set == pem)
        #expect(set.map(\.algorithm) == [.rs256, .es256, .edDSA])
    }

    @Test("keys that are not for RS256, ES256 or EdDSA are passed over")
    func passedOver() throws {
        let (rsa, p256) = (try IssuerKey(.rsa), try IssuerKey(.p256))
        let others = [
            try IssuerKey(.rsaTooShort).webKey(), try IssuerKey(.p384).webKey(),
            rsa.webKey(#""use":"enc""#), rsa.webKey(#""alg":"PS256""#),
            rsa.webKey(#""alg":"RS512""#), rsa.webKey(#""key_ops":["encrypt"]"#),
            p256.webKey(#""alg":"RS256""#), p256.webKey(#""alg":7"#),
            #"{"kty":"oct","k":"AAAA","alg":"HS256"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#,
            #"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#,
        ]
        for other in others {
            #expect(throws: KeyFile.Fault.noKey) { try Self.keys(#"{"keys":[\#(other)]}"#) }
        }
        let good = p256.webKey(#""use":"sig","alg":"ES256","key_ops":["verify"],"kid":"k1""#)
        let list = (others + [good]).joined(separator: ",")
        let keys = try Self.keys(#"{"keys":[\#(list)]}"#)
        #expect(keys.map(\.id) == [Array("k1".utf8)])
        for kind in [IssuerKey.Kind.rsaTooShort, .p384] {
            #expect(throws: KeyFile.Fault.noKey) { try Self.keys(IssuerKey(kind).pem) }
        }
    }

    @Test(
        "what is no such file is told",
        arguments: [
            ("", KeyFile.Fault.unknownForm), ("hello", .unknownForm), ("{", .badKeySet),
            ("{}", .badKeySet), (#"{"keys":{}}"#, .badKeySet), (#"{"keys":[]}"#, .noKey),
            (#"{"keys":[7]}"#, .badKeySet), (#"{"keys":[{"kty":"RSA"}]}"#, .badKeySet),
            (#"{"keys":[],"keys":[]}"#, .badKeySet),
            (#"{"keys":[{"kty":"RSA","n":"AQ==","e":"AQAB"}]}"#, .badKeySet),
            (#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","d":"AQ"}]}"#, .privateKey),
            (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQ","d":"AQ"}]}"#, .privateKey),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n", .badBlock),
            ("-----BEGIN PUBLIC KEY-----\nAA\n-----END PUBLIC KEY-----\n", .badBlock),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END RSA KEY-----\n", .badBlock),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", .noKey),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", .badBlock),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", .privateKey),
            ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", .privateKey),
        ]
    )
    func faults(_ text: String, fault: KeyFile.Fault) {
        #expect(throws: fault) { try Self.keys(text) }
    }

    @Test("bytes after a key, and too many keys")
    func limits() throws {
        let key = try IssuerKey(.ed25519)
        #expect(VerificationKey(subjectPublicKeyInfo: key.der + [0], id: nil) == nil)
        #expect(VerificationKey(subjectPublicKeyInfo: [], id: nil) == nil)
        let many = (0..<33).map { key.webKey(#""kid":"\#($0)""#) }.joined(separator: ",")
        #expect(throws: KeyFile.Fault.tooManyKeys(limit: 32)) {
            try Self.keys(#"{"keys":[\#(many)]}"#)
        }
        #expect(throws: KeyFile.Fault.tooLong(byteCount: 262_145)) {
            try KeyFile(parsing: [UInt8](repeating: 0x20, count: 262_145))
        }
    }
}
