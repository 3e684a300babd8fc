import Bytes
import Keyspace
import Testing

@testable import Server

/// How long a body may be follows the settings of the cluster.
@Suite struct BodyLimitTests {
    private func set(_ harness: FrontendHarness, valueByteCountMax: UInt64, index: UInt64) {
        let change = SettingsChange(
            [.init(.valueByteCountMax, value: valueByteCountMax)],
            occasion: .always
        )
        var command: [UInt8] = []
        Request(.changeSettings(change)).encode(into: &command)
        _ = harness.keyspace.apply(
            index: index,
            time: ClusterTime(rawValue: 1),
            command: command
        )
    }

    private func head(_ byteCount: Int) -> String {
        "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: \(byteCount)\r\n\r\n"
    }

    @Test func theLimitIsThatOfTheSettingsInForceOnEveryConnection() throws {
        let harness = try FrontendHarness()
        for (index, (setting, limit)) in [
            (1 << 10, 3 << 19), (1 << 20, 3 << 19), (2 << 20, 3 << 20), (16 << 20, 24 << 20),
            (1 << 20, 3 << 19),
        ].enumerated() {
            set(harness, valueByteCountMax: UInt64(setting), index: UInt64(index + 1))
            let (long, longest) = (try harness.connect(), try harness.connect())
            long.send(head(limit + 1))
            longest.send(head(limit) + "x")
            try harness.turn { long.hasEnded }
            #expect(long.statuses == ["413"])
            #expect(long.text.contains("The body is longer than \(limit) bytes."))
            #expect(longest.statuses == [])
        }
    }

    @Test func aConnectionThatIsOpenTakesOnWhatIsSet() throws {
        let harness = try FrontendHarness()
        let client = try harness.connect()
        client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { client.statuses == ["200"] }
        set(harness, valueByteCountMax: 4 << 20, index: 1)
        client.send(head(2 << 20))
        for _ in 0..<32 {
            client.send(String(repeating: "x", count: 64 << 10))
            try harness.turn()
        }
        try harness.turn { harness.asked == ["put /a"] }
    }

    @Test func aValueBeyondTheSettingIsRefusedWithoutTheLog() throws {
        let harness = try FrontendHarness()
        set(harness, valueByteCountMax: 1 << 10, index: 1)
        let client = try harness.connect()
        client.send(head(1025) + String(repeating: "x", count: 1025))
        try harness.turn { client.statuses == ["413"] }
        #expect(client.text.contains("The value has 1025 bytes; the limit is 1024."))
        #expect(harness.frontend.inputs.isEmpty)
    }
}
