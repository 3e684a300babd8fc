import Certificates
import TLS
import TestSupport
import Testing

@Suite("TLS: what is spoken")
struct ProtocolTests {
    private let context: TLSContext

    init() throws {
        context = try TLSContext(.listener(.optional), material: try Authority().member())
    }

    private func connect(
        versions: ClosedRange<Int> = 0x0303...0x0304,
        protocols: [UInt8] = [],
        ticket: ForeignClient.Ticket? = nil,
        to context: TLSContext? = nil,
        in body: (ForeignClient, inout Side) throws -> Void
    ) throws {
        let client = try #require(
            ForeignClient(versions: versions, protocols: protocols, ticket: ticket)
        )
        var server = Side(try TLSSession(accepting: context ?? self.context))
        client.settle(&server)
        try body(client, &server)
    }

    @Test(
        "TLS 1.2 and 1.3, nothing older",
        arguments: [
            (0x0304, "TLSv1.3", true), (0x0303, "TLSv1.2", true), (0x0302, "", false),
            (0x0301, "", false),
        ]
    )
    func versions(_ version: Int, name: String, isSpoken: Bool) throws {
        try connect(versions: version...version) { client, server in
            #expect(client.hasFailed == !isSpoken)
            #expect((server.session.stage == .open) == isSpoken)
            guard isSpoken else { return }
            #expect(server.session.version == name)
            let request = Array("ping".utf8)
            server.take(client.send(request))
            #expect(server.received == request)
            server.send(request)
            client.settle(&server)
            #expect(client.received == request)
        }
    }

    @Test("ALPN: http/1.1 is chosen, what is not spoken is refused")
    func protocols() throws {
        let both = Array("\u{2}h2\u{8}http/1.1".utf8)
        try connect(protocols: both) { client, server in
            #expect(server.session.stage == .open)
            #expect(client.selectedProtocol == "http/1.1")
        }
        try connect(protocols: Array("\u{2}h2".utf8)) { client, server in
            #expect(client.hasFailed)
            #expect(server.fault == .violation(reason: "no application protocol"))
        }
    }

    @Test(
        "a ticket resumes a session; with a new context it begins anew",
        arguments: [0x0303, 0x0304]
    )
    func tickets(version: Int) throws {
        try connect(versions: version...version) { client, server in
            server.send([1])
            client.settle(&server)
            #expect(!server.session.isResumed)
            let ticket = client.ticket
            try connect(versions: version...version, ticket: ticket) { _, server in
                #expect(server.session.stage == .open)
                #expect(server.session.isResumed)
            }
            let other = try TLSContext(.listener(.optional), material: try Authority().member())
            try connect(versions: version...version, ticket: ticket, to: other) {
                _,
                server in
                #expect(server.session.stage == .open)
                #expect(!server.session.isResumed)
            }
        }
    }

    @Test("renegotiation is refused: a client may give up over it")
    func renegotiation() throws {
        try connect(versions: 0x0303...0x0303) { client, server in
            client.renegotiate()
            client.settle(&server)
            if let fault = server.fault {
                guard case .alert = fault else {
                    Issue.record("\(fault)")
                    return
                }
            }
            #expect(server.received.isEmpty)
        }
    }

    @Test("keys are renewed as often as a client asks, within bounds")
    func keyUpdates() throws {
        try connect(versions: 0x0304...0x0304) { client, server in
            for round in 0..<20 {
                server.take(client.updateKeys())
                server.take(client.send([UInt8(round)]))
                client.settle(&server)
            }
            #expect(server.fault == nil)
            #expect(server.received == Array(0..<20))
            // Without a word in between they are an attack on the processor (CVE-2016-8610's kind).
            var asked = 0
            while server.fault == nil, asked < 1_000 {
                server.take(client.updateKeys())
                asked += 1
                #expect(server.session.waitingByteCount < 64 << 10)
            }
        }
    }
}
