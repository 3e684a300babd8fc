import Bytes
import Testing

@testable import Credentials

@Suite("Tokens of sessions")
struct SessionTokenTests {
    private static let key = [UInt8](repeating: 0xA5, count: 32)
    private static let token = SessionToken(
        key: 3,
        user: Array("ann".utf8),
        authRevision: 700,
        issued: 1_800_000_000,
        lifeSeconds: 3600
    )
    private static var text: [UInt8] { token.text(signedBy: MessageCode(key: key)) }

    private static func verifier(_ numbers: [UInt64] = [3]) -> TokenVerifier {
        let verifier = TokenVerifier()
        verifier.renew(numbers.map { ($0, key) })
        return verifier
    }

    @Test("HMAC-SHA-256, the vectors of RFC 4231, 4.2 and 4.3, also one after another")
    func vectors() {
        let code = MessageCode(key: [UInt8](repeating: 0x0B, count: 20))
        for _ in 0..<3 {
            #expect(
                Self.text(code.code(for: Array("Hi There".utf8)))
                    == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            )
        }
        let other = MessageCode(key: Array("Jefe".utf8))
        #expect(
            Self.text(other.code(for: Array("what do ya want for nothing?".utf8)))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        #expect(MessageCode(key: []).code(for: []).count == 32)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("what was signed is believed until its time is over, to the second")
    func time() throws {
        let verifier = Self.verifier()
        let text = Self.text
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("roost1_"))
        #expect(try verifier.admit(text, at: 1_800_000_000) == Self.token)
        #expect(try verifier.admit(text, at: 1_800_003_599) == Self.token)
        #expect(throws: TokenFault.expired(at: 1_800_003_600)) {
            try verifier.admit(text, at: 1_800_003_600)
        }
    }

    @Test("lives are bounded, and no time overflows")
    func lives() {
        func token(_ life: UInt64, issued: UInt64 = 0) -> SessionToken {
            SessionToken(key: 0, user: [1], authRevision: 0, issued: issued, lifeSeconds: life)
        }
        #expect(token(0).lifeSeconds == 1)
        #expect(token(.max).lifeSeconds == 30 * 86_400)
        #expect(token(.max, issued: .max).expiry == .max)
    }

    @Test("a key that is not known any more, and the same number with another key")
    func keys() {
        #expect(throws: TokenFault.unknownKey) {
            try Self.verifier([2, 4]).admit(Self.text, at: 1_800_000_000)
        }
        let verifier = TokenVerifier()
        verifier.renew([(3, [UInt8](repeating: 0xA4, count: 32))])
        #expect(throws: TokenFault.wrongSignature) {
            try verifier.admit(Self.text, at: 1_800_000_000)
        }
    }

    @Test("every flipped bit, every cut and every character too many is refused")
    func damage() {
        let verifier = Self.verifier()
        let text = Self.text
        for place in text.indices {
            for bit in 0..<8 as Range<UInt8> {
                var damaged = text
                damaged[place] ^= 1 << bit
                #expect(throws: TokenFault.self) {
                    try verifier.admit(damaged, at: 1_800_000_000)
                }
            }
            #expect(throws: TokenFault.self) {
                try verifier.admit(text.prefix(place), at: 1_800_000_000)
            }
        }
        for more in ["A", "=", "AAAA", " "] {
            #expect(throws: TokenFault.self) {
                try verifier.admit(text + Array(more.utf8), at: 1_800_000_000)
            }
        }
        #expect(throws: TokenFault.tooLong(byteCount: 513)) {
            try verifier.admit([UInt8](repeating: 65, count: 513), at: 0)
        }
    }

    @Test("a well-signed text that says what no login gives is refused: no name, a life too long")
    func impossible() {
        let verifier = Self.verifier()
        let code = MessageCode(key: Self.key)
        func refused(life: UInt64, user: [UInt8]) {
            var payload: [UInt8] = []
            for number in [3, 1, 1_800_000_000, life] { payload.append(varint: number) }
            payload += user
            let signed = payload + code.code(for: SessionToken.prefix + payload)
            let text = SessionToken.prefix + UnpaddedBase64.encode(signed, alphabet: .url)
            #expect(throws: TokenFault.malformed) { try verifier.admit(text, at: 1_800_000_000) }
        }
        refused(life: 3600, user: [])
        refused(life: 0, user: [1])
        refused(life: SessionToken.lifeSecondsMax + 1, user: [1])
        refused(life: 3600, user: [UInt8](repeating: 65, count: 257))
    }

    @Test("names and passwords of requests; a colon ends the name")
    func basic() throws {
        let read = try BasicCredentials(parsing: Array("YW5uOmE6Yg==".utf8))
        #expect(read == BasicCredentials(user: Array("ann".utf8), password: Array("a:b".utf8)))
        #expect(try BasicCredentials(parsing: read.text) == read)
        for wrong in ["", "YW5u", "OmE=", "YW5uOmE6Yg", "YW5uOmE6Yg== ", "!!!!"] {
            #expect(throws: TokenFault.noPassword) {
                try BasicCredentials(parsing: Array(wrong.utf8))
            }
        }
    }

    @Test("secrets are the same or are not, whatever their lengths")
    func comparison() {
        #expect(SecretComparison.areEqual([], and: []))
        #expect(SecretComparison.areEqual([1, 2, 3], and: [1, 2, 3]))
        #expect(!SecretComparison.areEqual([1, 2, 3], and: [1, 2]))
        #expect(!SecretComparison.areEqual([1, 2, 3], and: [1, 2, 4]))
        #expect(!SecretComparison.areEqual([], and: [0]))
    }
}
