import Bytes
import Certificates
import Fuzzing
import Testing

@Suite("Fuzzing: certificates, keys and revocation lists")
struct CertificateFuzzTests {
    private static func authority() throws -> CertificateAuthority {
        try CertificateAuthority(founding: "prod", validity: Validity(days: 10, now: today))
    }

    @Test("certificates: what they say, and whether the authority vouches for them")
    func certificates() throws {
        let authority = try Self.authority()
        let terms = try CertificateTerms.member("n1", cluster: "prod", hosts: ["h", "::1"])
        let member = try authority.issue(terms, validity: Validity(days: 5, now: today))
        let client = try authority.issue(
            CertificateTerms.client("c", cluster: "prod"),
            key: .ed25519,
            validity: Validity(days: 5, now: today)
        )
        let check = TrustCheck(authority: authority.pair.certificate)
        let good = [member, client].map { Self.unwrapped($0.certificate) }
        var fuzzer = Fuzzer(
            "certificate",
            corpus: good,
            tokens: ["\u{6}\u{3}U\u{1D}\u{11}", "\u{30}\u{0}", "\u{17}\u{D}", "*.", "\u{0}"],
            pace: .cryptographic
        )
        fuzzer.run { input in
            let pem = Self.wrapped(input, as: "CERTIFICATE")
            let all = try Certificate.all(pem: pem)
            let certificate = try #require(all.first)
            let complaint = try check.complaint(about: pem, as: .client, now: today)
            // A signature is worth something: nothing but what was issued is trusted.
            #expect(complaint != nil || good.contains { input.starts(with: $0) })
            return "\(certificate.keyKind) \(certificate.alternativeNames.count) \(complaint ?? "")"
        }
    }

    @Test("private keys")
    func keys() throws {
        let pair = try Self.authority().pair
        var fuzzer = Fuzzer("private-key", corpus: [Self.unwrapped(pair.key)], pace: .cryptographic)
        fuzzer.run { input in
            let pem = Self.wrapped(input, as: "PRIVATE KEY")
            _ = try KeyPair(checking: pair.certificate, key: pem)
            return "a pair"
        }
    }

    @Test("revocation lists")
    func lists() throws {
        let authority = try Self.authority()
        let serials = [authority.certificate.serial, [1], [0x80, 0]]
        let list = try authority.revocationList(adding: serials, now: today)
        var fuzzer = Fuzzer(
            "revocation-list",
            corpus: [Self.unwrapped(list.pem)],
            pace: .cryptographic
        )
        fuzzer.run { input in
            let list = try RevocationList(pem: Self.wrapped(input, as: "X509 CRL"))
            return "\(list.serials.count) \(list.number == 1)"
        }
    }

    @Test("the text around: several blocks, cut, and of other kinds")
    func texts() throws {
        let authority = try Self.authority()
        let list = try authority.revocationList(adding: [[1]], now: today)
        let text = authority.pair.certificate + authority.pair.key + list.pem
        var fuzzer = Fuzzer(
            "certificate-text",
            corpus: [text, authority.pair.certificate + authority.pair.certificate],
            tokens: [
                "-----BEGIN CERTIFICATE-----\n", "-----END ", "Proc-Type: 4,ENCRYPTED\n", "=",
            ],
            pace: .cryptographic
        )
        fuzzer.run { input in
            let certificates = (try? Certificate.all(pem: input))?.count
            let list = (try? RevocationList(pem: input))?.serials.count
            let isAuthority = (try? CertificateAuthority(certificate: input, key: input)) != nil
            return "\(certificates ?? -1) \(list ?? -1) \(isAuthority)"
        }
    }

    /// The DER of the first block.
    private static func unwrapped(_ pem: [UInt8]) -> [UInt8] {
        let lines = pem.split(separator: UInt8(ascii: "\n")).filter {
            $0.first != UInt8(ascii: "-")
        }
        return Base64.decode(lines.flatMap { $0 }) ?? []
    }

    private static func wrapped(_ der: [UInt8], as label: String) -> [UInt8] {
        var pem = Array("-----BEGIN \(label)-----\n".utf8)
        let text = Base64.encode(der)
        for start in stride(from: 0, to: text.count, by: 64) {
            pem += text[start..<min(text.count, start + 64)] + [UInt8(ascii: "\n")]
        }
        return pem + Array("-----END \(label)-----\n".utf8)
    }
}
