import Bytes
import Consensus
import Platform
import TLS
import TestSupport
import Testing
import Transport

@testable import Replica

@Suite("Links of members under TLS")
struct SecureLinkTests {
    private static func security(_ material: TLSMaterial) throws -> PeerSecurity {
        PeerSecurity(
            context: try TLSContext(.peer, material: material),
            pattern: try #require(MemberNamePattern(parsing: "*.test.roost"))
        )
    }

    /// The first frame of a link from the side that dialled it.
    private static func hello(_ name: String) -> [UInt8] {
        let identity = PeerIdentity(
            cluster: ClusterID(rawValue: 1),
            id: MemberID(rawValue: 2),
            name: Array(name.utf8),
            boot: BootStamp(counter: 1, nonce: 1),
            earlierNonces: [],
            peerAddress: PeerAddress(text: Array("127.0.0.1:1".utf8)),
            clientAddress: [],
            membershipIndex: LogIndex(rawValue: 0),
            term: Term(rawValue: 0),
            last: EntryID(term: Term(rawValue: 0), index: LogIndex(rawValue: 0)),
            standing: .notLeading,
            version: [],
            token: 0
        )
        return Hello(sender: identity, expected: nil).encode()
    }

    @Test("frames cross both ways, large ones over many turns")
    func frames() throws {
        let authority = try Authority()
        let near = try Station(security: Self.security(authority.member("n1")))
        let far = try Station(security: Self.security(authority.member("n2")))
        near.dial(far.address())
        let out = try first(of: near, turning: [far], opened)
        let into = try first(of: far, turning: [near], accepted)
        near.send(Self.hello("n1"), on: out)
        #expect(try first(of: far, turning: [near], frame) == Self.hello("n1"))
        let bytes = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        near.send(bytes, on: out)
        far.send([4], on: into)
        #expect(try first(of: near, turning: [far], frame) == [4])
        let got = try first(of: far, turning: [near]) { input -> [UInt8]? in
            guard let bytes = frame(input), bytes.count > 1000 else { return nil }
            return bytes
        }
        #expect(got == bytes)
        #expect(near.transport.takeNotices().isEmpty && far.transport.takeNotices().isEmpty)
    }

    /// What dialling `far` comes to, and the notices of both sides.
    private static func refusal(
        of near: Station,
        at far: Station
    ) throws -> (near: [LinkNotice.Reason], far: [LinkNotice.Reason]) {
        near.dial(far.address())
        var notices: (near: [LinkNotice.Reason], far: [LinkNotice.Reason]) = ([], [])
        let deadline = Clock.monotonicNow().advanced(byMilliseconds: 10_000)
        while notices.near.isEmpty || notices.far.isEmpty, Clock.monotonicNow() < deadline {
            try near.turn()
            try far.turn()
            notices.near += near.transport.takeNotices().map(\.reason)
            notices.far += far.transport.takeNotices().map(\.reason)
            if near.inputs.contains(where: { closed($0) != nil || failed($0) != nil }),
                far.transport.linkCount == 0
            {
                break
            }
        }
        return notices
    }

    @Test("another authority's member is refused, and both are told why")
    func stranger() throws {
        let near = try Station(security: Self.security(Authority().member("n1")))
        let far = try Station(security: Self.security(Authority().member("n2")))
        let notices = try Self.refusal(of: near, at: far)
        let reason = "unable to get local issuer certificate"
        #expect(notices.near == [.tls(.certificate(reason: reason))])
        #expect(near.inputs.contains { opened($0) != nil } == false)
        guard case .tls(.alert)? = notices.far.first else {
            Issue.record("the far side was told \(notices.far)")
            return
        }
    }

    @Test("a client's certificate passes for no member's, at either end")
    func client() throws {
        let authority = try Authority()
        let client = try Station(security: Self.security(authority.client("n1")))
        let far = try Station(security: Self.security(authority.member("n2")))
        client.dial(far.address())
        let out = try first(of: client, turning: [far], opened)
        _ = try first(of: far, turning: [client], accepted)
        client.send(Self.hello("n1"), on: out)
        _ = try first(of: far, turning: [client], closed)
        #expect(far.inputs.contains { frame($0) != nil } == false)
        #expect(
            far.transport.takeNotices().map(\.reason) == [
                .otherName("n1", expected: "n1.test.roost", hosts: [])
            ]
        )
        let near = try Station(security: Self.security(authority.member("n2")))
        let notices = try Self.refusal(of: near, at: client)
        #expect(notices.near == [.tls(.certificate(reason: "unsuitable certificate purpose"))])
    }

    @Test("who says another name than its certificate is refused")
    func otherName() throws {
        let authority = try Authority()
        let near = try Station(security: Self.security(authority.member("n1")))
        let far = try Station(security: Self.security(authority.member("n2")))
        near.dial(far.address())
        let out = try first(of: near, turning: [far], opened)
        _ = try first(of: far, turning: [near], accepted)
        near.send(Self.hello("n3"), on: out)
        _ = try first(of: far, turning: [near], closed)
        #expect(far.inputs.contains { frame($0) != nil } == false)
        let reasons = far.transport.takeNotices().map(\.reason)
        #expect(
            reasons == [
                .otherName(
                    "n3",
                    expected: "n3.test.roost",
                    hosts: ["n1.test.roost", "n1.test"]
                )
            ]
        )
    }

    @Test("TLS and plain text do not meet")
    func plain() throws {
        let authority = try Authority()
        let secure = try Station(security: Self.security(authority.member("n1")))
        let plain = try Station()
        plain.dial(secure.address())
        let out = try first(of: plain, turning: [secure], opened)
        plain.send([1, 2, 3], on: out)
        _ = try first(of: plain, turning: [secure], closed)
        #expect(secure.transport.takeNotices().map(\.reason) == [.plain])
        #expect(secure.inputs.isEmpty)

        secure.dial(plain.address())
        #expect(try first(of: secure, turning: [plain], failed) == .timedOut)
        #expect(plain.transport.takeNotices().map(\.reason) == [.unexpectedTLS])
        #expect(secure.transport.takeNotices().map(\.reason) == [.endedEarly])
    }

    @Test("a peer that says nothing is given up")
    func silence() throws {
        let secure = try Station(security: Self.security(Authority().member("n1")))
        let stranger = try Socket(connectingTo: secure.place)
        while secure.transport.linkCount == 0 { try secure.turn() }
        #expect(secure.transport.nextDeadline != nil)
        secure.transport.tick(now: .init(rawValue: .max), into: &secure.inputs)
        #expect(secure.transport.linkCount == 0 && secure.inputs.isEmpty)
        _ = stranger
    }

    @Test(
        "the name that a certificate has to carry",
        arguments: [
            ("*.test.roost", "N1", "n1.test.roost"),
            ("db-*.example.org", "n1", "db-n1.example.org"),
            ("members.example.org", "n1", "members.example.org"),
        ]
    )
    func pattern(_ text: String, name: String, host: String) throws {
        let pattern = try #require(MemberNamePattern(parsing: text))
        #expect(pattern.host(of: Array(name.utf8)) == Array(host.utf8))
        #expect(MemberNamePattern(parsing: "*.*") == nil)
        #expect(MemberNamePattern(parsing: "") == nil)
    }

    @Test("a certificate names the cluster beside its own member alone")
    func cluster() throws {
        func pattern(_ hosts: [String], _ name: String) -> MemberNamePattern? {
            MemberNamePattern(cluster: hosts.map { Array($0.utf8) }, of: Array(name.utf8))
        }
        #expect(
            pattern(["a.test", "n1.test.roost"], "n1") == MemberNamePattern(parsing: "*.test.roost")
        )
        for hosts in [["n2.test.roost"], ["n1.roost"], ["n1.a.b.roost"], ["n1.test.roost.org"], []]
        {
            #expect(pattern(hosts, "n1") == nil)
        }
    }
}
