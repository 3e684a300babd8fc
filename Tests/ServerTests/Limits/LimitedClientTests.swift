import Bytes
import Platform
import Testing

@testable import Server

@Suite("Clients beyond their limits (operations.md, Limits of one client)")
struct LimitedClientTests {
    private func harness(_ change: (inout ClientLimits) -> Void) throws -> FrontendHarness {
        let harness = try FrontendHarness()
        change(&harness.frontend.ledger.limits)
        return harness
    }

    private static let put = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nv"

    @Test("requests beyond the rate are refused, not applied, and told when to come again")
    func requests() throws {
        let harness = try harness { $0.requestsPerSecond = 2 }
        let client = try harness.connect()
        for count in 1...2 {
            client.send(Self.put)
            try harness.turn { !harness.frontend.inputs.isEmpty }
            harness.answerAll()
            try harness.turn { client.statuses.count == count }
        }
        client.send(Self.put)
        try harness.turn { client.statuses.count == 3 }
        #expect(client.statuses == ["201", "200", "429"])
        #expect(client.text.contains("Retry-After: 1\r\n"))
        #expect(
            client.text.contains("--limit-requests") && client.text.contains("\"applied\":false")
        )
        #expect(harness.frontend.inputs.isEmpty, "the member was not asked")
        harness.now = harness.now.advanced(byMilliseconds: 600)
        client.send(Self.put)
        try harness.turn { !harness.frontend.inputs.isEmpty }
    }

    @Test("a batch of plain requests beyond the rate is refused with an answer for each")
    func batches() throws {
        let harness = try harness { $0.requestsPerSecond = 1 }
        let client = try harness.connect()
        client.send(Self.put)
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        try harness.turn { client.statuses.count == 1 }
        client.send(String(repeating: Self.put, count: 5))
        try harness.turn { client.statuses.count == 6 }
        #expect(client.statuses.dropFirst().allSatisfy { $0 == "429" })
        #expect(harness.frontend.inputs.isEmpty)
    }

    @Test("waits count as requests under way, over all connections of the client")
    func underWay() throws {
        let harness = try harness { $0.underWayCount = 1 }
        let waiting = try harness.connect()
        waiting.send("GET /v1/watch?prefix=/a HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { waiting.statuses == ["200"] }
        let client = try harness.connect()
        client.send(Self.put)
        try harness.turn { client.statuses == ["429"] }
        #expect(client.text.contains("--limit-under-way"))
        waiting.endSending()
        try harness.turn { harness.frontend.connections.count == 1 }
        client.send(Self.put)
        try harness.turn { harness.asked.contains("put /a") }
    }

    @Test("a client with as many connections as it may have gets no other")
    func connections() throws {
        let harness = try harness { $0.connectionCount = 1 }
        let first = try harness.connect()
        let second = try harness.connect()
        try harness.turn { second.hasEnded }
        #expect(second.statuses == ["429"] && !first.hasEnded)
        first.endSending()
        try harness.turn { harness.frontend.connections.count == 0 }
        let third = try harness.connect()
        third.send(Self.put)
        try harness.turn { !harness.frontend.inputs.isEmpty }
    }
}

@Suite("Limits behind a trusted proxy, and of users (security.md, Behind a proxy)")
struct ForwardedClientTests {
    private func put(for clients: String, headers: String = "") -> String {
        "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \(clients)\r\n\(headers)Content-Length: 1\r\n\r\nv"
    }

    private func harness(
        trusting proxies: [String],
        _ change: (inout ClientLimits) -> Void
    ) throws -> FrontendHarness {
        let harness = try FrontendHarness()
        change(&harness.frontend.ledger.limits)
        harness.frontend.proxies = try TrustedProxies(proxies)
        return harness
    }

    private func send(_ request: String, by client: TestClient, in harness: FrontendHarness) throws
        -> String?
    {
        let count = client.statuses.count
        client.send(request)
        try harness.turn {
            harness.answerAll()
            return client.statuses.count > count
        }
        return client.statuses.last
    }

    @Test("each client behind it has a share of its own, over all of the proxy's connections")
    func shares() throws {
        let harness = try harness(trusting: ["127.0.0.0/8"]) {
            $0.requestsPerSecond = 1
            $0.connectionCount = 1
        }
        let proxy = try harness.connect()
        let other = try harness.connect()
        #expect(try send(put(for: "203.0.113.1"), by: proxy, in: harness) == "201")
        #expect(try send(put(for: "203.0.113.2"), by: proxy, in: harness) == "200")
        #expect(try send(put(for: "203.0.113.1"), by: other, in: harness) == "429")
        #expect(
            try send(put(for: "203.0.113.3, 203.0.113.1"), by: other, in: harness) == "429",
            "what the client wrote itself does not make another of it"
        )
        #expect(try send(put(for: "203.0.113.3, 127.0.0.9"), by: other, in: harness) == "200")
        #expect(try send(put(for: "nobody"), by: proxy, in: harness) == "200", "the proxy itself")
        #expect(try send(put(for: "nobody"), by: other, in: harness) == "429")
    }

    @Test("whoever is no trusted proxy is limited by its own address, whatever it writes")
    func untrusted() throws {
        let harness = try harness(trusting: ["10.0.0.0/8"]) { $0.requestsPerSecond = 1 }
        let client = try harness.connect()
        #expect(try send(put(for: "203.0.113.1"), by: client, in: harness) == "201")
        #expect(try send(put(for: "203.0.113.2"), by: client, in: harness) == "429")
    }

    @Test("requests under way, and bytes, are those of whom they are for")
    func underWay() throws {
        let harness = try harness(trusting: ["127.0.0.1"]) { $0.underWayCount = 1 }
        let proxy = try harness.connect()
        proxy.send(
            "GET /v1/watch?prefix=/a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n"
        )
        try harness.turn { proxy.statuses == ["200"] }
        let other = try harness.connect()
        #expect(try send(put(for: "203.0.113.1"), by: other, in: harness) == "429")
        #expect(try send(put(for: "203.0.113.2"), by: other, in: harness) == "201")
        proxy.endSending()
        try harness.turn { harness.frontend.connections.count == 1 }
        #expect(try send(put(for: "203.0.113.1"), by: other, in: harness) == "200")
    }

    @Test("a user's share is held against the first request of each connection already")
    func users() throws {
        let harness = try harness(trusting: ["127.0.0.1"]) { $0.requestsPerSecond = 1 }
        let password = "correct horse"
        try harness.controlAccess(user: "ann", password: password)
        let token = "Authorization: Bearer \(try harness.token("ann"))\r\n"
        var statuses: [String?] = []
        for number in 1...3 {
            let client = try harness.connect()
            let request = put(for: "203.0.113.\(number)", headers: token)
            statuses.append(try send(request, by: client, in: harness))
            if number > 1 { #expect(client.text.contains("Your user sends more")) }
        }
        #expect(statuses == ["201", "429", "429"])
    }

    @Test("a request whose password was looked at first counts among its user's")
    func passwords() throws {
        let harness = try harness(trusting: ["127.0.0.1"]) { $0.requestsPerSecond = 1 }
        try harness.controlAccess(user: "ann", password: "correct horse")
        let basic =
            "Authorization: Basic \(try harness.basic("ann", password: "correct horse"))\r\n"
        let (one, other) = (try harness.connect(), try harness.connect())
        let first = put(for: "203.0.113.1", headers: basic)
        #expect(try send(first, by: one, in: harness) == "201")
        let second = put(for: "203.0.113.2", headers: basic)
        #expect(try send(second, by: other, in: harness) == "429")
    }
}
