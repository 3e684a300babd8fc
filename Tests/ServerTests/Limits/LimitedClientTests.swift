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
