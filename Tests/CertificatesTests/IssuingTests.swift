import Bytes
import Certificates
import Testing

/// A day of 2026, in seconds since 1970.
let today: Int64 = 1_790_000_000

@Suite("Issuing: what Roost's authority vouches for, and as what")
struct IssuingTests {
    private static func authority(_ kind: KeyKind = .p256) throws -> CertificateAuthority {
        try CertificateAuthority(
            founding: "prod",
            key: kind,
            validity: Validity(days: 3650, now: today)
        )
    }

    private static func year() -> Validity { Validity(days: 365, now: today) }

    @Test("each kind of key signs and is read back", arguments: KeyKind.made)
    func kinds(_ kind: KeyKind) throws {
        let authority = try Self.authority(kind)
        #expect(authority.certificate.keyKind == kind)
        let terms = try CertificateTerms.member("n1", cluster: "prod", hosts: ["10.0.0.1"])
        let pair = try authority.issue(terms, key: kind, validity: Self.year())
        #expect(try Certificate(pem: pair.certificate).keyKind == kind)
        let check = TrustCheck(authority: authority.pair.certificate)
        #expect(try check.complaint(about: pair.certificate, as: .server, now: today) == nil)
        _ = try KeyPair(checking: pair.certificate, key: pair.key)
        #expect(KeyKind(name: kind.name) == kind)
    }

    @Test("an authority says so, for ten years, and no other authority stands below it")
    func founding() throws {
        let authority = try Self.authority()
        let certificate = authority.certificate
        #expect(certificate.isAuthority)
        #expect(certificate.subject == certificate.issuer)
        #expect(certificate.subject.text == "CN=Roost CA of prod,O=prod")
        #expect(authority.cluster == "prod")
        #expect(certificate.validity == Validity(from: today - 300, until: today + 3650 * 86_400))
        #expect(certificate.fingerprint.count == 32)
        #expect((1...20).contains(certificate.serial.count))
        let other = try Self.authority()
        #expect(other.certificate.serial != certificate.serial)
    }

    @Test("a member is server and client, by its name in the cluster and by its hosts")
    func member() throws {
        let authority = try Self.authority()
        let hosts = ["n1.example.com", "10.0.0.1", "fd00::1:0", "*.pods.example", "N1.example.com"]
        let terms = try CertificateTerms.member("n1", cluster: "prod", hosts: hosts)
        let pair = try authority.issue(terms, validity: Self.year())
        let certificate = try Certificate(pem: pair.certificate)
        #expect(
            certificate.alternativeNames.map(\.text) == [
                "DNS:n1.prod.roost", "DNS:n1.example.com", "IP:10.0.0.1", "IP:fd00::1:0",
                "DNS:*.pods.example",
            ]
        )
        #expect(certificate.uses == [.server, .client])
        #expect(!certificate.isAuthority)
        #expect(certificate.issuer == authority.certificate.subject)
        let check = TrustCheck(authority: authority.pair.certificate)
        func complaint(_ purpose: TrustCheck.Purpose, _ host: String) throws -> String? {
            try check.complaint(about: pair.certificate, as: purpose, host: host, now: today)
        }
        for host in ["n1.prod.roost", "10.0.0.1", "fd00:0::1:0", "a.pods.example"] {
            #expect(try complaint(.server, host) == nil)
            #expect(try complaint(.client, host) == nil)
        }
        #expect(try complaint(.server, "n2.prod.roost") == "hostname mismatch")
        #expect(try complaint(.server, "10.0.0.2") == "IP address mismatch")
    }

    @Test("a client is no server and carries no name that a member is known by")
    func client() throws {
        let authority = try Self.authority()
        let pair = try authority.issue(
            CertificateTerms.client("deploy", cluster: "prod"),
            validity: Self.year()
        )
        let certificate = try Certificate(pem: pair.certificate)
        #expect(certificate.subject.commonName == Array("deploy".utf8))
        #expect(certificate.alternativeNames == [])
        #expect(certificate.uses == .client)
        let check = TrustCheck(authority: authority.pair.certificate)
        let client = pair.certificate
        #expect(try check.complaint(about: client, as: .client, now: today) == nil)
        #expect(try check.complaint(about: client, as: .server, now: today) != nil)
        #expect(try check.complaint(about: client, as: .client, host: "deploy", now: today) != nil)
    }

    @Test("time decides: not yet, no more, and never longer than the authority")
    func time() throws {
        let authority = try Self.authority()
        let terms = try CertificateTerms.client("c", cluster: "prod")
        let pair = try authority.issue(terms, validity: Validity(from: today, until: today + 10))
        let check = TrustCheck(authority: authority.pair.certificate)
        func complaint(at now: Int64) throws -> String? {
            try check.complaint(about: pair.certificate, as: .client, now: now)
        }
        #expect(try complaint(at: today) == nil)
        #expect(try complaint(at: today + 9) == nil)
        #expect(try complaint(at: today - 1) == "certificate is not yet valid")
        #expect(try complaint(at: today + 11) == "certificate has expired")
        let long = try authority.issue(terms, validity: Validity(days: 36_500, now: today))
        let until = try Certificate(pem: long.certificate).validity.until
        #expect(until == authority.certificate.validity.until)
        let end = authority.certificate.validity.until
        #expect(throws: CertificateFault.authorityEnded(at: end)) {
            try authority.issue(terms, validity: Validity(days: 1, now: end + 1000))
        }
    }

    @Test(
        "only its own: another authority's certificates are not trusted, nor is a key that is not its"
    )
    func others() throws {
        let authority = try Self.authority()
        let other = try Self.authority()
        let terms = try CertificateTerms.client("c", cluster: "prod")
        let pair = try other.issue(terms, validity: Self.year())
        let check = TrustCheck(authority: authority.pair.certificate)
        #expect(try check.complaint(about: pair.certificate, as: .client, now: today) != nil)
        let both = TrustCheck(authority: authority.pair.certificate + other.pair.certificate)
        #expect(try both.complaint(about: pair.certificate, as: .client, now: today) == nil)
        #expect(throws: CertificateFault.keyMismatch) {
            try CertificateAuthority(certificate: authority.pair.certificate, key: other.pair.key)
        }
        #expect(throws: CertificateFault.notAnAuthority) {
            try CertificateAuthority(certificate: pair.certificate, key: pair.key)
        }
        // What a member's holder could sign is worth nothing.
        let forged = TrustCheck(authority: pair.certificate)
        #expect(try forged.complaint(about: pair.certificate, as: .server, now: today) != nil)
    }

    @Test("a revoked certificate is trusted no more; a list keeps what it had")
    func revocation() throws {
        let authority = try Self.authority()
        let terms = try CertificateTerms.client("c", cluster: "prod")
        let pairs = try (0..<3).map { _ in try authority.issue(terms, validity: Self.year()) }
        let serials = try pairs.map { try Certificate(pem: $0.certificate).serial }
        let first = try authority.revocationList(adding: [serials[0]], now: today)
        let second = try authority.revocationList(
            adding: [serials[1], serials[0]],
            to: first,
            now: today + 5
        )
        #expect(first.number == 1)
        #expect(second.number == 2)
        #expect(Set(second.serials) == Set(serials[...1]))
        #expect(try RevocationList(pem: second.pem) == second)
        let check = TrustCheck(authority: authority.pair.certificate, revocations: second)
        let complaints = try pairs.map {
            try check.complaint(about: $0.certificate, as: .client, now: today + 10)
        }
        #expect(complaints == ["certificate revoked", "certificate revoked", nil])
    }

    @Test("terms are read back from a certificate, so that it can be issued once more")
    func again() throws {
        let authority = try Self.authority()
        let member = try CertificateTerms.member("n1", cluster: "prod", hosts: ["h", "10.0.0.1"])
        for terms in [member, try .client("Änne", cluster: "prod")] {
            let pair = try authority.issue(terms, validity: Self.year())
            #expect(try CertificateTerms(of: Certificate(pem: pair.certificate)) == terms)
        }
        #expect(throws: CertificateFault.self) { try CertificateTerms(of: authority.certificate) }
    }

    @Test(
        "hosts that no certificate carries are refused",
        arguments: [
            "", "n1:7400", "https://n1", "a..b", "-a", "a-", "a b", "1.2.3", "1.2.3.256", "*",
            "a.*",
            "*.*.a", "n2.prod.roost", "x.roost.", "N2.PROD.ROOST", "*.prod.roost", "::g", ":",
            "a\0b",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
            "1.2.3.4:5", "[::1]", "ä.example", "1.2.3.4,DNS:evil",
        ]
    )
    func hosts(_ host: String) {
        #expect(throws: CertificateFault.self) {
            try CertificateTerms.member("n1", cluster: "prod", hosts: [host])
        }
    }

    @Test(
        "names of members, clients and clusters that lead astray are refused",
        arguments: [
            ("n1.x", "c", "prod"), ("", "c", "prod"), ("n 1", "c", "prod"), ("7", "c", "prod"),
            ("n1", "", "prod"), ("n1", "a\nb", "prod"), ("n1", "n2.prod.roost", "prod"),
            ("n1", "N2.prod.Roost", "prod"), ("n1", String(repeating: "c", count: 65), "prod"),
            ("n1", "a\u{202E}b", "prod"), ("n1", "c", "a.b"), ("n1", "c", ""),
        ]
    )
    func names(_ member: String, client: String, cluster: String) {
        #expect(throws: CertificateFault.self) {
            _ = try CertificateTerms.member(member, cluster: cluster, hosts: [])
            _ = try CertificateTerms.client(client, cluster: cluster)
        }
    }

    @Test("a year beyond 9999 is refused, as is an end before the beginning")
    func years() throws {
        for validity in [
            Validity(from: today, until: 253_402_300_800), Validity(from: today, until: today),
            Validity(from: -1, until: today), Validity(from: .min, until: .max),
        ] {
            #expect(throws: CertificateFault.unfitValidity(validity)) {
                try CertificateAuthority(founding: "prod", validity: validity)
            }
        }
    }
}
