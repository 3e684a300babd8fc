import Bytes
import Keyspace
import Testing

@testable import Server

/// `Accept: application/x-ndjson` at a server: a range of any size, whatever the client's pace.
@Suite struct LineStreamTests {
    private static let keyCount = 100_000

    /// A store of that many keys, written in a few commands.
    private func fill(_ harness: FrontendHarness) {
        let root = Key(unchecked: Array("/k".utf8))
        for part in 0..<10 {
            let edits = (0..<Self.keyCount / 10).map { number in
                TreeWrite.Edit.value(
                    Key(unchecked: Array("/k/\(part)/\(1_000_000 + number)".utf8)),
                    Array("value of the key of that number".utf8)
                )
            }
            let write = TreeWrite(root: root, edits: edits, mode: .merge, condition: .none)
            var command: [UInt8] = []
            Request(.writeTree(write)).encode(into: &command)
            _ = harness.keyspace.apply(
                index: UInt64(part + 1),
                time: ClusterTime(rawValue: 1),
                command: command
            )
        }
    }

    @Test func aHundredThousandKeysAreStreamedInBoundedMemory() throws {
        let harness = try FrontendHarness()
        fill(harness)
        #expect(harness.keyspace.store.keyCount == Self.keyCount)
        let (client, other) = (try harness.connect(), try harness.connect())
        client.habit = .neverReads
        client.send(
            "GET /v1/kv/k?recursive HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n"
        )
        try harness.turn { !harness.frontend.inputs.isEmpty }
        harness.answerAll()
        // A client that takes nothing is owed no more than a buffer, and others are served.
        for _ in 0..<50 { try harness.turn() }
        #expect((1...2 * OutputBuffer.byteCountMax).contains(harness.outputByteCount))
        other.send("GET /v1/kv/k/0/1000000?raw&consistency=stale HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { other.text.hasSuffix("value of the key of that number") }
        client.habit = .reads
        var most = 0
        try harness.turn {
            most = max(most, harness.outputByteCount)
            return client.received.suffix(5).elementsEqual("0\r\n\r\n".utf8)
        }
        #expect(most <= 2 * OutputBuffer.byteCountMax)
        let lineCount = client.received.count { $0 == UInt8(ascii: "{") }
        #expect(lineCount == Self.keyCount)
        #expect(harness.outputByteCount == 0)
        // The connection goes on.
        let received = client.received.count
        client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        try harness.turn { client.received.count > received }
        #expect(client.text.hasSuffix("alive\n"))
    }
}

extension FrontendHarness {
    /// Bytes that all clients together are owed.
    fileprivate var outputByteCount: Int { frontend.budget.outputByteCount }
}
