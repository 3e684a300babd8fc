import Testing

@testable import Credentials

@Suite("Tokens of an outside issuer (RFC 7519, RFC 8725)")
struct OutsideIssuerTests {
    private static let now: UInt64 = 1_800_000_000

    private static func claims(
        iss: String = #""https://id""#,
        aud: String = #""roost""#,
        exp: String = "1800000100",
        more: String = ""
    ) -> String {
        #"{"iss":\#(iss),"aud":\#(aud),"exp":\#(exp),"sub":"ann","roles":["ops","dev"]\#(more)}"#
    }

    private static func issuer(
        _ keys: [String],
        names: OutsideIssuer.ClaimNames = .init()
    ) throws -> OutsideIssuer {
        let set = #"{"keys":[\#(keys.joined(separator: ","))]}"#
        return OutsideIssuer(
            keys: try KeyFile(parsing: Array(set.utf8)),
            issuer: Array("https://id".utf8),
            audience: Array("roost".utf8),
            claims: names
        )
    }

    private static func outcome(
        _ issuer: OutsideIssuer,
        token: String,
        at now: UInt64 = now
    ) -> Result<OutsideSubject, TokenFault> {
        Result { () throws(TokenFault) in try issuer.admit(Array(token.utf8), at: now) }
    }

    private static func algorithm(_ kind: IssuerKey.Kind) -> String {
        switch kind {
        case .rsa, .rsaTooShort: "RS256"
        case .p256, .p384: "ES256"
        case .ed25519: "EdDSA"
        }
    }

    @Test(
        "a token of each algorithm is believed, and no other key's",
        arguments: [
            IssuerKey.Kind.rsa, .p256, .ed25519,
        ]
    )
    func algorithms(_ kind: IssuerKey.Kind) throws {
        let (key, stranger) = (try IssuerKey(kind), try IssuerKey(kind))
        let issuer = try Self.issuer([key.webKey()])
        let header = #"{"alg":"\#(Self.algorithm(kind))","typ":"JWT"}"#
        let subject = try Self.outcome(
            issuer,
            token: key.token(header: header, claims: Self.claims())
        )
        .get()
        #expect(subject.name == Array("ann".utf8))
        #expect(subject.roles == [Array("ops".utf8), Array("dev".utf8)])
        #expect(subject.expiry == 1_800_000_130)
        let forged = stranger.token(header: header, claims: Self.claims())
        #expect(Self.outcome(issuer, token: forged) == .failure(.wrongSignature))
    }

    @Test(
        "the key fixes the algorithm: whatever a header says, it agrees or is refused",
        arguments: [
            IssuerKey.Kind.rsa, .p256, .ed25519,
        ]
    )
    func confusion(_ kind: IssuerKey.Kind) throws {
        let key = try IssuerKey(kind)
        let issuer = try Self.issuer([key.webKey()])
        let own = Self.algorithm(kind)
        for name in [
            "none", "None", "HS256", "HS512", "RS256", "ES256", "EdDSA", "PS256", "", own + " ",
        ]
        where name != own {
            let token = key.token(header: #"{"alg":"\#(name)"}"#, claims: Self.claims())
            #expect(Self.outcome(issuer, token: token) == .failure(.wrongAlgorithm), "\(name)")
            let bare = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
            #expect(Self.outcome(issuer, token: bare) == .failure(.wrongAlgorithm), "\(name)")
        }
        // A public key is no secret to make a code with.
        let head = IssuerKey.url(Array(#"{"alg":"HS256"}"#.utf8))
        let message = head + "." + IssuerKey.url(Array(Self.claims().utf8))
        for secret in [Array(key.pem.utf8), key.der] {
            let code = MessageCode(key: secret).code(for: Array(message.utf8))
            let token = message + "." + IssuerKey.url(code)
            #expect(Self.outcome(issuer, token: token) == .failure(.wrongAlgorithm))
        }
    }

    @Test("no signature, and one of zeros (CVE-2022-21449), is none")
    func emptySignatures() throws {
        for kind in [IssuerKey.Kind.rsa, .p256, .ed25519] {
            let key = try IssuerKey(kind)
            let issuer = try Self.issuer([key.webKey()])
            let token = key.token(
                header: #"{"alg":"\#(Self.algorithm(kind))"}"#,
                claims: Self.claims()
            )
            let message = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
            for signature in [0, 64, 256].map({ [UInt8](repeating: 0, count: $0) }) {
                let forged = message + IssuerKey.url(signature)
                #expect(Self.outcome(issuer, token: forged) == .failure(.wrongSignature))
            }
        }
    }

    @Test("a key that a token brings with it is not looked at, and nothing critical is understood")
    func headers() throws {
        let (key, stranger) = (try IssuerKey(.ed25519), try IssuerKey(.ed25519))
        let issuer = try Self.issuer([key.webKey(#""kid":"a""#)])
        func outcome(_ header: String, by key: IssuerKey) -> Result<OutsideSubject, TokenFault> {
            Self.outcome(issuer, token: key.token(header: header, claims: Self.claims()))
        }
        let brought = #"{"alg":"EdDSA","kid":"a","jwk":\#(stranger.webKey())}"#
        #expect(outcome(brought, by: stranger) == .failure(.wrongSignature))
        #expect(
            outcome(#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#, by: key)
                == .failure(.unknownExtension)
        )
        #expect(outcome(#"{"alg":"EdDSA","kid":"b"}"#, by: key) == .failure(.unknownKey))
        #expect(outcome(#"{"alg":"EdDSA","kid":7}"#, by: key) == .failure(.malformed))
        #expect(outcome(#"{"alg":"EdDSA","alg":"EdDSA"}"#, by: key) == .failure(.malformed))
        #expect(outcome(#"{"kid":"a"}"#, by: key) == .failure(.malformed))
        #expect(outcome(#"["EdDSA"]"#, by: key) == .failure(.malformed))
        #expect((try? outcome(#"{"alg":"Ed25519","kid":"a"}"#, by: key).get()) != nil)
    }

    @Test("the key is found by its name among several, and tried where there is no name")
    func severalKeys() throws {
        let keys = try (0..<3).map { _ in try IssuerKey(.ed25519) }
        let named = try Self.issuer(
            keys.enumerated().map { $1.webKey(#""kid":"\#($0)""#) }
        )
        for (number, key) in keys.enumerated() {
            let token = key.token(
                header: #"{"alg":"EdDSA","kid":"\#(number)"}"#,
                claims: Self.claims()
            )
            #expect((try? Self.outcome(named, token: token).get()) != nil)
            let nameless = key.token(header: #"{"alg":"EdDSA"}"#, claims: Self.claims())
            #expect((try? Self.outcome(named, token: nameless).get()) != nil)
            let wrong = key.token(
                header: #"{"alg":"EdDSA","kid":"\#((number + 1) % 3)"}"#,
                claims: Self.claims()
            )
            #expect(Self.outcome(named, token: wrong) == .failure(.wrongSignature))
        }
    }

    @Test("what the claims have to say")
    func claims() throws {
        let key = try IssuerKey(.ed25519)
        let issuer = try Self.issuer([key.webKey()])
        func outcome(_ claims: String, at now: UInt64 = Self.now) -> TokenFault? {
            let token = key.token(header: #"{"alg":"EdDSA"}"#, claims: claims)
            guard case .failure(let fault) = Self.outcome(issuer, token: token, at: now) else {
                return nil
            }
            return fault
        }
        #expect(outcome(Self.claims(aud: #"["other","roost"]"#)) == nil)
        #expect(outcome(Self.claims(exp: "1800000100.75")) == nil)
        #expect(outcome(Self.claims(), at: 1_800_000_129) == nil)
        #expect(outcome(Self.claims(), at: 1_800_000_130) == .expired(at: 1_800_000_100))
        #expect(outcome(Self.claims(more: #","nbf":1800000030"#)) == nil)
        #expect(
            outcome(Self.claims(more: #","nbf":1800000031"#)) == .notYetValid(until: 1_800_000_031)
        )
        for exp in ["null", "-1", #""1800000100""#, "1e300", "[]"] {
            let fault = outcome(Self.claims(exp: exp))
            #expect(fault == .missingClaim(Array("exp".utf8)) || fault == .malformed, "\(exp)")
        }
        #expect(outcome(Self.claims(more: #","nbf":"x""#)) == .missingClaim(Array("nbf".utf8)))
        for iss in [#""https://id/""#, "null", #"["https://id"]"#] {
            #expect(outcome(Self.claims(iss: iss)) == .wrongIssuer)
        }
        for aud in [#""roosts""#, "null", "[]", #"[["roost"]]"#, #"{"roost":1}"#] {
            #expect(outcome(Self.claims(aud: aud)) == .wrongAudience)
        }
        #expect(outcome(Self.claims(more: #","sub":"root""#)) == .malformed)
        #expect(outcome("[]") == .malformed)
    }

    @Test("names of claims, nested ones too, and how roles are written")
    func names() throws {
        let key = try IssuerKey(.p256)
        let names = OutsideIssuer.ClaimNames(
            user: Array("https://id/name".utf8),
            roles: Array("realm.roles".utf8)
        )
        let issuer = try Self.issuer([key.webKey()], names: names)
        func outcome(_ more: String) -> Result<OutsideSubject, TokenFault> {
            let claims = Self.claims(more: more)
            return Self.outcome(
                issuer,
                token: key.token(header: #"{"alg":"ES256"}"#, claims: claims)
            )
        }
        let user = #","https://id/name":"bob""#
        #expect(outcome("") == .failure(.missingClaim(Array("https://id/name".utf8))))
        #expect(outcome(#","https://id/name":"""#) == .failure(.missingClaim(names.user)))
        #expect(try outcome(user).get().roles == [])
        #expect(
            try outcome(user + #","realm":{"roles":["a","b","a"]}"#).get().roles
                == [Array("a".utf8), Array("b".utf8)]
        )
        #expect(
            try outcome(user + #","realm":{"roles":"a  b"}"#).get().roles
                == [Array("a".utf8), Array("b".utf8)]
        )
        #expect(
            try outcome(user + #","realm":{"roles":["a"]},"realm.roles":["c"]"#).get().roles
                == [Array("c".utf8)]
        )
        let many = (0..<65).map { #""r\#($0)""# }.joined(separator: ",")
        for roles in [#"["a",7]"#, #"[""]"#, "7", "[\(many)]"] {
            #expect(
                outcome(user + #","realm":{"roles":\#(roles)}"#)
                    == .failure(.missingClaim(names.roles))
            )
        }
    }

    @Test("other forms: too few parts, too many, padding, too long")
    func forms() throws {
        let key = try IssuerKey(.ed25519)
        let issuer = try Self.issuer([key.webKey()])
        let token = key.token(header: #"{"alg":"EdDSA"}"#, claims: Self.claims())
        for wrong in ["", ".", "..", "a.b", token + ".", token + "=", " " + token, "." + token] {
            #expect(Self.outcome(issuer, token: wrong) == .failure(.malformed), "\(wrong)")
        }
        let long = token + String(repeating: "A", count: 8192)
        #expect(Self.outcome(issuer, token: long) == .failure(.tooLong(byteCount: long.utf8.count)))
    }

    @Test("the signatures of RFC 8037, A.4, and RFC 7515, A.3")
    func vectors() throws {
        let edDSA = try #require(
            VerificationKey(
                ed25519: Self.bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"),
                id: nil
            )
        )
        let edSignature = Self.bytes(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        )
        let edMessage = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        #expect(edDSA.isSignature(edSignature, of: Array(edMessage.utf8)))
        let es256 = try #require(
            VerificationKey(
                x: Self.bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                y: Self.bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
                id: nil
            )
        )
        let esSignature = Self.bytes(
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        )
        let esMessage =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
            + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        #expect(es256.isSignature(esSignature, of: Array(esMessage.utf8)))
        #expect(!es256.isSignature(esSignature, of: Array(edMessage.utf8)))
    }

    private static func bytes(_ text: String) -> [UInt8] {
        UnpaddedBase64.decode(Array(text.utf8), alphabet: .url) ?? []
    }
}
