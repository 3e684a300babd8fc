import Certificates
import TLS
import TestSupport
import Testing

@Suite("TLS: who connects to whom")
struct HandshakeTests {
    private static func contexts(
        _ server: TLSMaterial,
        _ client: TLSMaterial,
        clients: TLSContext.ClientCertificates = .ignored
    ) throws -> (client: TLSContext, server: TLSContext) {
        (
            try TLSContext(.caller(.full), material: client),
            try TLSContext(.listener(clients), material: server)
        )
    }

    @Test("each kind of key serves", arguments: [KeyKind.p256, .ed25519, .rsa3072])
    func keys(_ kind: KeyKind) throws {
        let authority = try Authority(key: kind)
        let contexts = try Self.contexts(try authority.member(key: kind), authority.trust)
        var sides = try Sides(client: contexts.client, server: contexts.server)
        sides.settle()
        #expect(sides.client.session.stage == .open)
        #expect(sides.server.session.stage == .open)
        #expect(sides.client.session.version == "TLSv1.3")
        #expect(sides.server.session.peer == nil)
        #expect(sides.client.session.peer?.hosts.contains(Array("n1.test.roost".utf8)) == true)
    }

    @Test("what stands is looked at anew: by a later hour, and by what is trusted then")
    func believed() throws {
        let authority = try Authority()
        let contexts = try Self.contexts(try authority.member(), authority.trust)
        var sides = try Sides(client: contexts.client, server: contexts.server)
        sides.settle()
        let session = sides.client.session
        let end = try #require(session.peer?.endsAtUnixSeconds)
        #expect(!session.isOver(at: end) && session.isOver(at: end + 1))
        #expect(session.isBelieved(under: contexts.client))
        let other = try TLSContext(.caller(.full), material: try Authority().trust)
        #expect(!session.isBelieved(under: other))
        // Who has shown no certificate has none that could end.
        #expect(
            !sides.server.session.isOver(at: .max) && sides.server.session.isBelieved(under: other)
        )
    }

    @Test("bytes arrive whole both ways, however they are cut", arguments: [1, 7, 4096, 46 << 10])
    func transfer(pieceByteCount: Int) throws {
        let authority = try Authority()
        let contexts = try Self.contexts(try authority.member(), authority.trust)
        var sides = try Sides(client: contexts.client, server: contexts.server)
        let size = pieceByteCount < 100 ? 20_000 : 300_000
        let (up, down) = (noise(size), noise(size, seed: 2))
        var (sentUp, sentDown) = (0, 0)
        repeat {
            sides.settle(pieceByteCount: pieceByteCount)
            sentUp += sides.client.takeSentByteCount()
            sentDown += sides.server.takeSentByteCount()
            // What was taken already is given again, and goes out once.
            for _ in 0..<2 {
                sides.client.send(up, from: sentUp)
                sides.server.send(down, from: sentDown)
            }
            // Bounded: one record more than the bound at most.
            #expect(sides.client.session.waitingByteCount < (64 + 17) << 10)
        } while sides.client.session.waitingByteCount + sides.server.session.waitingByteCount > 0
        #expect(sides.server.received == up)
        #expect(sides.client.received == down)
        #expect(sides.client.fault == nil && sides.server.fault == nil)
    }

    @Test("an end is told, and the other direction goes on")
    func halfClose() throws {
        let authority = try Authority()
        let contexts = try Self.contexts(try authority.member(), authority.trust)
        var sides = try Sides(client: contexts.client, server: contexts.server)
        sides.settle()
        sides.client.send(Array("last".utf8))
        sides.client.session.endSending()
        sides.settle()
        #expect(sides.server.session.stage == .ended)
        #expect(sides.server.received == Array("last".utf8))
        sides.server.send(Array("answer".utf8))
        sides.settle()
        #expect(sides.client.received == Array("answer".utf8))
        #expect(sides.client.session.stage == .open)
    }

    @Test(
        "the client looks at the name",
        arguments: [
            ("n1.test", true), ("N1.TEST", true), ("127.0.0.1", true), ("n1.test.roost", true),
            ("other.test", false), ("test", false), ("127.0.0.2", false),
            ("Roost CA of test", false),
        ]
    )
    func hostName(_ host: String, isGood: Bool) throws {
        let authority = try Authority()
        let contexts = try Self.contexts(try authority.member(), authority.trust)
        var sides = try Sides(client: contexts.client, server: contexts.server, host: host)
        sides.settle()
        if isGood {
            #expect(sides.client.session.stage == .open)
        } else {
            let isAddress = host == "127.0.0.2"
            let reason = isAddress ? "IP address mismatch" : "hostname mismatch"
            #expect(sides.client.fault == .certificate(reason: reason))
            guard case .alert = sides.server.fault else {
                Issue.record(
                    "the server was told nothing: \(String(describing: sides.server.fault))"
                )
                return
            }
        }
    }

    @Test("a stranger's certificate, one that ended and one not begun are refused")
    func badServers() throws {
        let authority = try Authority()
        let early = Validity(from: 1_500_000_000, until: 1_500_000_100)
        let late = Validity(from: 3_900_000_000, until: 3_900_000_100)
        let cases: [(TLSMaterial, String)] = [
            (try Authority().member(), "unable to get local issuer certificate"),
            (try authority.member(validity: early), "certificate has expired"),
            (try authority.member(validity: late), "certificate is not yet valid"),
            // Other roles do not pass for a server.
            (try authority.client("n1"), "unsuitable certificate purpose"),
        ]
        for (material, reason) in cases {
            let contexts = try Self.contexts(material, authority.trust)
            var sides = try Sides(client: contexts.client, server: contexts.server)
            sides.settle()
            #expect(sides.client.fault == .certificate(reason: reason))
            #expect(sides.client.session.stage == .failed)
        }
    }

    @Test("who does not look believes everybody")
    func unverified() throws {
        let server = try TLSContext(.listener(.ignored), material: try Authority().member())
        let client = try TLSContext(.caller(.none), material: try Authority().trust)
        var sides = try Sides(client: client, server: server, host: "anything.test")
        sides.settle()
        #expect(sides.client.session.stage == .open)
        #expect(sides.client.session.peer == nil)
    }

    @Test("a client's certificate: ignored, optional, required")
    func clientCertificates() throws {
        let authority = try Authority()
        let member = try authority.member()
        for (rule, material, expected) in [
            (.ignored, try authority.client(), nil),
            (.optional, authority.trust, nil),
            (.optional, try authority.client(), "ann"),
            (.required, try authority.client(), "ann"),
        ] as [(TLSContext.ClientCertificates, TLSMaterial, String?)] {
            let contexts = try Self.contexts(member, material, clients: rule)
            var sides = try Sides(client: contexts.client, server: contexts.server)
            sides.settle()
            #expect(sides.server.session.stage == .open)
            #expect(sides.server.session.peer?.commonName == expected.map { Array($0.utf8) })
        }
    }

    @Test("a client without a certificate, or with a bad one, is refused")
    func badClients() throws {
        let authority = try Authority()
        let early = Validity(from: 1_500_000_000, until: 1_500_000_100)
        var stranger = try Authority().client()
        stranger.authorities = authority.trust.authorities
        for (rule, material, fault) in [
            (.required, authority.trust, .noCertificate),
            (.required, stranger, .certificate(reason: "unable to get local issuer certificate")),
            (.optional, stranger, .certificate(reason: "unable to get local issuer certificate")),
            (
                .optional, try authority.client(validity: early),
                .certificate(reason: "certificate has expired")
            ),
        ] as [(TLSContext.ClientCertificates, TLSMaterial, TLSFault)] {
            let contexts = try Self.contexts(try authority.member(), material, clients: rule)
            var sides = try Sides(client: contexts.client, server: contexts.server)
            sides.settle()
            #expect(sides.server.fault == fault)
            #expect(sides.server.session.peer == nil)
            guard case .alert = sides.client.fault else {
                Issue.record(
                    "the client was told nothing: \(String(describing: sides.client.fault))"
                )
                continue
            }
        }
    }

    @Test("who was called back is refused, others are not")
    func revocation() throws {
        let authority = try Authority()
        let (good, bad) = (try authority.client("ann"), try authority.client("bob"))
        let serial = try Certificate(pem: bad.chain ?? []).serial
        let list = try authority.authority.revocationList(adding: [serial], now: 1_600_000_000)
        var member = try authority.member()
        member.revocations = list.pem
        for (material, fault) in [
            (good, nil), (bad, .certificate(reason: "certificate revoked")),
        ] as [(TLSMaterial, TLSFault?)] {
            let contexts = try Self.contexts(member, material, clients: .required)
            var sides = try Sides(client: contexts.client, server: contexts.server)
            sides.settle()
            #expect(sides.server.fault == fault)
        }
    }

    @Test("members connect to each other; a client's certificate is none of a member's")
    func peers() throws {
        let authority = try Authority()
        let one = try TLSContext(.peer, material: try authority.member("n1"))
        let other = try TLSContext(.peer, material: try authority.member("n2"))
        var sides = try Sides(client: one, server: other, host: nil)
        sides.settle()
        #expect(sides.client.session.peer?.hosts.first == Array("n2.test.roost".utf8))
        #expect(sides.server.session.peer?.hosts.first == Array("n1.test.roost".utf8))

        let stranger = try TLSContext(.caller(.full), material: try authority.member("n3"))
        var mixed = try Sides(client: stranger, server: other)
        mixed.settle()
        #expect(mixed.server.fault == .violation(reason: "no application protocol"))
        #expect(mixed.client.fault == .alert(number: 120, name: "no application protocol"))

        let client = try TLSContext(.peer, material: try authority.client("n1"))
        var posing = try Sides(client: other, server: client, host: nil)
        posing.settle()
        #expect(posing.client.fault == .certificate(reason: "unsuitable certificate purpose"))
    }
}
