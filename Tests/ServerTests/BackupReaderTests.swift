import API
import Bytes
import Keyspace
import Replica
import Testing

@testable import Server

@Suite("Backups that clients read: each keeps a state of the store, so they are few")
struct BackupReaderTests {
    private static func ask(_ harness: FrontendHarness) throws -> TestClient {
        let client = try harness.connect()
        client.habit = .neverReads
        client.send("GET /v1/snapshot HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        return client
    }

    /// More than sockets hold on their way.
    private static func largeKeyspace() -> Keyspace {
        var keyspace = Keyspace()
        for index in 1...32 {
            let put = Put(
                key: Key(unchecked: Array("/large/\(index)".utf8)),
                value: [UInt8](repeating: 7, count: 1 << 20),
                lease: .none,
                condition: .none
            )
            var command: [UInt8] = []
            Request(.put(put)).encode(into: &command)
            _ = keyspace.apply(
                index: UInt64(index),
                time: ClusterTime(rawValue: 1),
                command: command
            )
        }
        return keyspace
    }

    /// One report for all that wait for one, as in a turn of the reactor.
    private static func describe(_ harness: FrontendHarness) {
        harness.frontend.describe(
            MemberReport(
                build: .init(version: []),
                id: 1,
                role: .leader,
                checks: HealthCheck.allHold
            ),
            in: harness.context
        )
    }

    @Test("pieces are drawn elsewhere; one that comes when its client is gone is let go in slices")
    func drawnElsewhere() throws {
        let harness = try FrontendHarness()
        harness.keyspace = Self.largeKeyspace()
        harness.background = .standsStill
        let client = try Self.ask(harness)
        Self.describe(harness)
        client.habit = .reads
        let ticketed = { harness.frontend.tickets.count == 1 }
        try harness.turn { ticketed() && client.text.contains("Roost_BK") }
        // Nothing more comes, however often it is its turn.
        let count = client.received.count
        for _ in 0..<20 {
            try harness.turn()
            client.receive()
        }
        #expect(client.received.count == count && count < 1 << 10 && ticketed())
        let connection = try #require(harness.frontend.connections.values.first)
        harness.frontend.close(connection, in: harness.context)
        #expect(harness.frontend.keptStateCount == 0 && harness.frontend.released.isEmpty)
        harness.background = .works
        harness.frontend.background.begin { $0() }
        harness.frontend.takeWorked(harness.context)
        #expect(harness.frontend.released.count == 1 && harness.frontend.tickets.count == 0)
        try harness.turn { harness.frontend.released.isEmpty }
    }

    @Test("a third is turned away; those that are over make room, however they ended")
    func room() throws {
        let harness = try FrontendHarness()
        harness.keyspace = Self.largeKeyspace()
        let clients = try (0..<3).map { _ in try Self.ask(harness) }
        Self.describe(harness)
        #expect(harness.frontend.keptStateCount == 2)
        clients[2].habit = .reads
        try harness.turn { clients[2].statuses == ["429"] }
        let streaming = harness.frontend.connections.values.filter { !$0.calls.isEmpty }
        harness.frontend.close(try #require(streaming.first), in: harness.context)
        #expect(harness.frontend.keptStateCount == 1)
        for client in clients { client.habit = .reads }
        try harness.turn { harness.frontend.keptStateCount == 0 }
    }
}
