import Bytes
import Fuzzing
import Testing

@testable import Credentials

/// Every credential that comes from outside: whatever the bytes, a typed error or the value, never a
/// trap, and nothing is believed that was not signed.
@Suite("Fuzzing: credentials")
struct CredentialsFuzzTests {
    private static let now: UInt64 = 1_800_000_000

    @Test("tokens of sessions: only what was signed is believed")
    func sessions() throws {
        let code = MessageCode(key: [UInt8](repeating: 9, count: 32))
        let corpus = [UInt64(1), 300, .max].map { number in
            SessionToken(
                key: 7,
                user: Array("user-\(number)".utf8),
                authRevision: number,
                issued: Self.now,
                lifeSeconds: number
            ).text(signedBy: code)
        }
        let verifier = TokenVerifier()
        verifier.renew([(7, [UInt8](repeating: 9, count: 32))])
        var fuzzer = Fuzzer(
            "session-token",
            corpus: corpus,
            tokens: ["roost1_", "=", "AAAA", "_-"]
        )
        fuzzer.run { input in
            let token = try verifier.admit(input, at: Self.now)
            #expect(corpus.contains(input))
            #expect(token.text(signedBy: code) == input)
            return "believed"
        }
    }

    @Test("tokens of an issuer: only what was signed is believed")
    func outside() throws {
        let key = try IssuerKey(.ed25519)
        let set = #"{"keys":[\#(key.webKey(#""kid":"k""#))]}"#
        let issuer = OutsideIssuer(
            keys: try KeyFile(parsing: Array(set.utf8)),
            issuer: Array("i".utf8),
            audience: Array("a".utf8)
        )
        let corpus = [#"{"alg":"EdDSA"}"#, #"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#].map {
            header in
            Array(
                key.token(
                    header: header,
                    claims: #"{"iss":"i","aud":["a"],"exp":1800000100,"sub":"s","roles":"a b"}"#
                ).utf8
            )
        }
        var fuzzer = Fuzzer(
            "json-web-token",
            corpus: corpus,
            tokens: [".", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", "e30", "W10", "="],
            pace: .cryptographic
        )
        fuzzer.run { input in
            let subject = try issuer.admit(input, at: Self.now)
            #expect(corpus.contains(input))
            return "\(subject.roles.count)"
        }
    }

    @Test("claims of any form under a good signature")
    func claims() throws {
        let key = try IssuerKey(.ed25519)
        let issuer = OutsideIssuer(
            keys: try KeyFile(parsing: Array(key.pem.utf8)),
            issuer: Array("i".utf8),
            audience: Array("a".utf8),
            claims: .init(user: Array("u.n".utf8), roles: Array("r".utf8))
        )
        var fuzzer = Fuzzer(
            "json-web-claims",
            corpus: [
                #"{"iss":"i","aud":"a","exp":1800000100,"nbf":1.5,"u":{"n":"x"},"r":["a","b"]}"#
            ].map { Array($0.utf8) },
            tokens: ["\"exp\":", "9007199254740991", "1e400", "-", "{\"n\":", "null", "[", "\"\""],
            pace: .cryptographic
        )
        fuzzer.run { input in
            let token = key.token(
                header: #"{"alg":"EdDSA"}"#,
                claims: String(decoding: input, as: UTF8.self)
            )
            return "\(try issuer.admit(Array(token.utf8), at: Self.now).roles.count)"
        }
    }

    @Test("files of keys")
    func keyFiles() throws {
        let keys = try [IssuerKey.Kind.rsa, .p256, .ed25519].map { try IssuerKey($0) }
        let set = #"{"keys":[\#(keys.map { $0.webKey(#""use":"sig""#) }.joined(separator: ","))]}"#
        var fuzzer = Fuzzer(
            "key-file",
            corpus: [Array(set.utf8), Array(keys.map(\.pem).joined().utf8)],
            tokens: [
                "-----BEGIN PUBLIC KEY-----\n", "-----END ", "\"kty\":", "\"oct\"", "AQAB", "A",
            ],
            pace: .cryptographic
        )
        fuzzer.run { input in "\(try KeyFile(parsing: input).keys.map(\.algorithm))" }
    }

    @Test("hashes of passwords and basic credentials are read as they are written")
    func texts() throws {
        let hash = try PasswordHash(
            of: Array("password".utf8),
            salt: [UInt8](repeating: 1, count: 16),
            cost: .trifling
        )
        var fuzzer = Fuzzer(
            "password-hash",
            corpus: [hash.text, BasicCredentials(user: [65], password: [66, 58]).text],
            tokens: ["$", "$scrypt$", "ln=", "r=", "p=", ",", "99", "=", "Og=="]
        )
        fuzzer.run { input in
            if let hash = PasswordHash(parsing: input) {
                #expect(hash.text == input)
                return "hash"
            }
            let credentials = try BasicCredentials(parsing: input)
            #expect(credentials.text == input)
            return "credentials"
        }
    }
}
