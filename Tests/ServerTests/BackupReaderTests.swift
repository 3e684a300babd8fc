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

    @Test("a third is turned away; those that are over make room, however they ended")
    func room() throws {
        let harness = try FrontendHarness()
        harness.keyspace = Self.largeKeyspace()
        let clients = try (0..<3).map { _ in try Self.ask(harness) }
        // One report for all that wait for one, as in a turn of the reactor.
        harness.frontend.describe(
            MemberReport(
                build: .init(version: []),
                id: 1,
                role: .leader,
                checks: HealthCheck.allHold
            ),
            in: harness.context
        )
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
